"""What commands tell, in the same words on every channel; the channels read the command and show what it tells."""

from bot.cards import Card, Cards
from bot.journal import Exchange
from bot.messages import (
    NO_VERDICTS,
    REINDEX_DONE,
    REINDEX_UNCHANGED,
    STATE,
    UNKNOWN_POLE,
    UNKNOWN_REGION,
    USELESS_NAME,
    VERDICT_NAMES,
    verdict_counts,
)
from bot.service import State
from ingest.build import Outcome

# Names of poles told to who misses one.
EXAMPLES = 8
# More than there are.
ALL = 1000


def pole_card(cards: Cards, name: str) -> Card | str:
    """What is known of a pole, or that none is called so, with the nearest names."""
    if card := cards.pole(name):
        return card
    known = cards.poles(limit=ALL)
    near = cards.poles(name, EXAMPLES) or known[:EXAMPLES]
    return UNKNOWN_POLE.format(count=len(known), examples=", ".join(near))


def cell_card(cards: Cards, region: str) -> Card | str:
    """Whom to contact in a region, or that it is not known, with those that are."""
    return cards.cell(region) or UNKNOWN_REGION.format(examples=", ".join(cards.regions(limit=ALL)))


def why_listed(exchange: Exchange) -> str:
    """Why a question is in the officers' list: badly rated, or how it was answered."""
    return USELESS_NAME if exchange.useful is False else VERDICT_NAMES[exchange.verdict]


def outcome_text(outcome: Outcome) -> str:
    """What came of building the index again."""
    made = outcome.manifest
    text = REINDEX_DONE if outcome.changed else REINDEX_UNCHANGED
    return text.format(name=outcome.name, documents=made.documents, passages=made.passages, encoded=outcome.encoded)


def state_text(state: State, started: str) -> str:
    """How the assistant is doing; `started` is since when, as the channel writes dates."""
    return STATE.format(
        generation=state.generation,
        documents=state.documents,
        passages=state.passages,
        started=started,
        verdicts=verdict_counts(state.verdicts) or NO_VERDICTS,
        waiting=state.waiting,
    )
