"""Which of a model's sentences stay: each is checked alone, then beside its neighbours."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from knowledge.claims.checker import Checker, Given, Supported
from knowledge.claims.polarity import turns
from knowledge.claims.unit import Rejected
from knowledge.contents import Contents
from knowledge.embeddings import Encoder
from knowledge.text import fold
from knowledge.writing.contract import Cut
from knowledge.writing.manuscript import Statement
from knowledge.writing.rendering import Kept

Checked = Supported | Rejected


def verified(
    contents: Contents, checker: Checker, encoder: Encoder, said: Sequence[Statement], given: Sequence[Given]
) -> tuple[list[Kept], list[Cut]]:
    """What is kept of what a model said, in order, and what is cut, each with why."""
    alone = _near(checker, encoder, said, [_checked(checker, statement, given) for statement in said])
    together = _introduced(said, _upright(contents, checker, said, _undenied(said, alone)))
    kept: list[Kept] = []
    cut: list[Cut] = []
    for statement, support in zip(said, together, strict=True):
        if isinstance(support, Rejected):
            cut.append(Cut(statement.text, str(support)))
        else:
            kept.append(Kept(statement, support))
    return kept, cut


def _checked(checker: Checker, statement: Statement, given: Sequence[Given]) -> Checked:
    known = {g.key: g for g in given}
    if not statement.keys:
        return Rejected("aucune clé")
    unknown = [key for key in statement.keys if key not in known]
    if unknown:
        return Rejected("clé jamais donnée", ", ".join(unknown))
    return checker.check(statement.text, [known[key] for key in statement.keys])


def _near(checker: Checker, encoder: Encoder, said: Sequence[Statement], checked: Sequence[Checked]) -> list[Checked]:
    """The supports, those whose meaning is too far from the claim's rejected; all claims encoded at once."""
    result = list(checked)
    supported = {i: support for i, support in enumerate(checked) if isinstance(support, Supported)}
    if supported:
        vectors = encoder.encode([said[i].text for i in supported], "passage")
        for (i, support), vector in zip(supported.items(), vectors, strict=True):
            result[i] = checker.near(support, vector)
    return result


def _undenied(said: Sequence[Statement], checked: Sequence[Checked]) -> Iterator[Checked]:
    """A list falls with the introduction that turned it round: « Ne sont pas éligibles : », when that was cut."""
    denying = False
    for statement, support in zip(said, checked, strict=True):
        if not statement.listed:
            denying = _introduces(statement) and isinstance(support, Rejected) and turns(fold(statement.text))
        elif denying:
            support = Rejected("élément d'une liste dont l'introduction est coupée")
        yield support


def _upright(
    contents: Contents, checker: Checker, said: Sequence[Statement], checked: Iterator[Checked]
) -> Iterator[Checked]:
    """What leans on a sentence that is not there falls: « il compte … » after another's sentence was cut."""
    before: Supported | None = None
    for statement, support in zip(said, checked, strict=True):
        if isinstance(support, Supported):
            document = contents.documents[support.section.id]
            beside = before is not None and contents.documents[before.section.id] == document
            if not beside and checker.leans(statement.text, document):
                support = Rejected("phrase qui renvoie à une autre", statement.text.split()[0])
        before = support if isinstance(support, Supported) else None
        yield support


def _introduced(said: Sequence[Statement], checked: Iterator[Checked]) -> list[Checked]:
    """An introduction of which nothing is left falls: « Trois conditions : » would promise what does not come."""
    result = list(checked)
    for i, statement in enumerate(said):
        if isinstance(result[i], Supported) and _introduces(statement):
            items = len(list(takewhile(lambda s: s.listed, said[i + 1 :])))
            # Items may come without bullets; then the next sentence is the first.
            if not any(isinstance(item, Supported) for item in result[i + 1 : i + 1 + max(1, items)]):
                result[i] = Rejected("introduction dont rien ne reste")
    return result


def _introduces(statement: Statement) -> bool:
    return not statement.listed and statement.text.endswith(":")
