"""From the sentences that stood to the text that is sent, its markers and its citations."""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.cite import Cited, citation, marked, runs
from knowledge.claims.checker import Supported
from knowledge.contents import Contents
from knowledge.model import Citation
from knowledge.phrases import caution_of
from knowledge.verify import verify
from knowledge.writing.manuscript import Statement


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that a model wrote, and what supports it."""

    statement: Statement
    support: Supported


def rendered(contents: Contents, kept: Sequence[Kept]) -> Cited:
    """The text with its markers; each points to the verbatim sentences that support what it follows."""
    citations: list[Citation] = []
    numbers: dict[tuple[int, ...], int] = {}
    blocks: list[tuple[str, list[str]]] = []
    listed = False
    for claim in kept:
        mine = []
        for run in runs(claim.support.sentences):
            rows = tuple(s.row for s in run)
            if rows not in numbers:
                numbers[rows] = len(citations) + 1
                citations.append(citation(contents, claim.support.section, run, numbers[rows]))
            mine.append(numbers[rows])
        caution = caution_of(claim.support.section)
        if not blocks or blocks[-1][0] != caution:
            blocks.append((caution, []))
        # What follows a list is not part of its last item.
        lead = "\n- " if claim.statement.listed else "\n" if listed else " "
        listed = claim.statement.listed
        blocks[-1][1].append(lead + marked(claim.statement.text, *mine))
    text = "\n\n".join("".join([*lines, f"\n{caution}" if caution else ""]).strip() for caution, lines in blocks)
    return verify(contents, Cited(text, tuple(citations)))
