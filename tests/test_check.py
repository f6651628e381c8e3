"""The rules by which the corpus defends itself: one bad file for each, caught at the right line."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from support import SOURCES, CorpusFolder, Part, line_of, part

from ingest.check import MAX_OPENING_WORDS, MAX_SECTION_WORDS, RULES, Rules, check_corpus, stale_documents
from ingest.load import load_corpus
from knowledge.settings import bundled_corpus_dir

TODAY = date(2026, 1, 15)
MAX_AGE_MONTHS = 12
GOOD = part("presentation", "Qu'est-ce qu'Alpha ?", "Alpha est un pôle de Bretagne. [^S1]")


@dataclass(frozen=True)
class Bad:
    """Sections that break one rule; `near` is in the line where it is broken, `message` in what is said."""

    rule: str
    parts: tuple[Part, ...]
    near: str
    message: str
    head: dict = field(default_factory=dict)


def bad(rule: str, lines: str | tuple[str, ...], near: str, message: str, **entry) -> Bad:
    """A section that breaks a rule by its text, or by what the front matter says of it."""
    lines = (lines,) if isinstance(lines, str) else lines
    return Bad(rule, (GOOD, part("faute", "Où est la faute d'Alpha ?", *lines, **entry)), near, message)


def said_by_alpha(count: int) -> str:
    """A sentence of `count` words."""
    return " ".join(["Alpha", *(f"mot{n}" for n in range(2, count)), "fin."])


FACTS = (
    "Alpha répare des vélos, forme des apprentis, cultive des légumes, vend du pain, prête des outils, accueille des "
    "associations, loge des artistes et transporte des colis. [^S1]"
)
CASES = [
    bad("unsourced_paragraphs", "Alpha vit sans preuve.", "sans preuve", "paragraphe sans source"),
    bad("unknown_sources", "Alpha a signé. [^S2]", "a signé", "source S2 absente de « sources: »"),
    Bad(
        "unknown_sources",
        (part("presentation", "Qu'est-ce qu'Alpha ?", "Alpha est un pôle. [^S9]"),),
        "---\n",
        "source inconnue : S9",
        {"sources": ["S9"]},
    ),
    Bad("unused_sources", (GOOD,), "---\n", "S2 déclarée mais jamais citée", {"sources": ["S1", "S2"]}),
    bad("long_openings", f"{said_by_alpha(41)} [^S1]", "mot7", f"41 mots (au plus {MAX_OPENING_WORDS})"),
    bad("long_openings", "Il réunit dix membres. [^S1]", "Il réunit", "nommer son sujet"),
    bad("long_openings", "Ce pôle réunit dix membres. [^S1]", "Ce pôle", "nommer son sujet"),
    bad(
        "long_sections",
        tuple(f"Le lot {n} d'Alpha compte {said_by_alpha(34)} [^S1]" for n in range(5)),
        "## Où est la faute",
        f"195 mots (au plus {MAX_SECTION_WORDS})",
    ),
    bad("markup_in_sentences", "Alpha est **très** actif. [^S1]", "très", "Markdown"),
    bad("markup_in_sentences", "Alpha a une [page](https://exemple.org/annuaire). [^S1]", "[page]", "Markdown"),
    bad("markup_in_sentences", "Alpha a <b>une</b> page. [^S1]", "<b>", "HTML"),
    bad("markup_in_sentences", "Alpha [^S1] a signé la charte. [^S1]", "a signé", "clé de source"),
    bad("foreign_addresses", "Alpha écrit sur www.alpha.fr aussi. [^S1]", "aussi", "adresse incomplète"),
    bad("foreign_addresses", "Voir https://exemple.org/autre chez Alpha. [^S1]", "Voir", "https://exemple.org/autre"),
    bad("foreign_addresses", "Alpha écrit sur alpha.coop aussi. [^S1]", "aussi", "alpha.coop"),
    bad("stale_documents", "Alpha recrute. [^S1]", "## Où est la faute", "plus de 12 mois", as_of="2024-12"),
    bad("stale_documents", "Alpha recrute. [^S1]", "## Où est la faute", "dans le futur", as_of="2026-02"),
    bad(
        "broken_references", "Alpha recrute. [^S1]", "## Où est la faute", "poles/nulle#part", see=["poles/nulle#part"]
    ),
    bad("repeated_questions", "Alpha recrute. [^S1]", "## Où est la faute", "au moins 3", questions=["a", "b"]),
    bad(
        "repeated_questions",
        "Alpha recrute. [^S1]",
        "## Où est la faute",
        "déjà donnée par poles/alpha#presentation",
        questions=["qu'est-ce qu'alpha  ? (EN BREF)", "b", "c"],
    ),
    Bad(
        "duplicated_sections",
        (GOOD, part("metiers", "Que fait Alpha ?", FACTS), part("actions", "Quelles sont ses actions ?", FACTS)),
        "## Quelles sont",
        "presque identique à poles/alpha#metiers",
    ),
    bad("unclear_sentences", "Alpha dit « oui. [^S1]", "dit « oui", "guillemets"),
    bad("unclear_sentences", ("Alpha dit oui. [^S1]", "Et de la ? [^S1]"), "Et de la", "sans mots"),
    Bad(
        "disagreeing_figures",
        (
            GOOD,
            part("un", "Qui emploie ?", "En 2023, le pôle Alpha employait 40 salariés. [^S1]"),
            part("deux", "Et les salariés ?", "En 2023, le pôle Alpha employait 55 salariés. [^S1]"),
        ),
        "55 salariés",
        "55 salar… ici, 40 dans poles/alpha#un",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}: {case.message[:25]}" for case in CASES])
def test_a_bad_file_is_caught_at_its_line(corpus: CorpusFolder, case: Bad) -> None:
    path = corpus.add("poles/alpha", *case.parts, **case.head)

    _, problems = check_corpus(corpus.path, MAX_AGE_MONTHS, TODAY)

    line = 1 if case.near == "---\n" else line_of(path, case.near)
    assert [(p.path, p.line) for p in problems] == [(path, line)]
    assert case.message in problems[0].message


def test_every_rule_has_its_bad_file() -> None:
    assert {case.rule for case in CASES} == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("lines", "entry"),
    [
        ((f"{said_by_alpha(40)} [^S1]",), {}),
        (("> Article 9. – " + said_by_alpha(60) + " [^S1]",), {}),
        (("Alpha écrit à contact@alpha.fr, et publie https://exemple.org/annuaire. [^S1]",), {}),
        (("Alpha recrute. [^S1]",), {"as_of": "2024-01", "status": "historique"}),
        (("Alpha recrute. [^S1]",), {"as_of": "2025-01"}),
        (("Alpha recrute. [^S1]",), {"see": ["poles/alpha#presentation"]}),
        (("Alpha dit « oui ». Alpha dit « non ». [^S1]",), {}),
    ],
    ids=["40 words", "law", "whole addresses", "old history", "just young enough", "reference", "quotations"],
)
def test_what_is_allowed_is_not_reported(corpus: CorpusFolder, lines: tuple[str, ...], entry: dict) -> None:
    corpus.describe({"S1": SOURCES["S1"] | {"url": "https://exemple.org/annuaire"}})
    corpus.add("poles/alpha", GOOD, part("suite", "Et ensuite, Alpha ?", *lines, **entry))

    assert check_corpus(corpus.path, MAX_AGE_MONTHS, TODAY)[1] == []


@pytest.mark.parametrize("as_of", ["1901", "2099-12"])
def test_nothing_is_old_or_to_come_where_neither_a_day_nor_an_age_is_named(corpus: CorpusFolder, as_of: str) -> None:
    corpus.add("poles/alpha", GOOD, as_of=as_of)

    assert list(stale_documents(Rules(load_corpus(corpus.path), corpus.path))) == []


def test_problems_of_form_and_content_come_together_in_the_order_of_the_files(corpus: CorpusFolder) -> None:
    first = corpus.add("poles/alpha", part("a", "Alpha ?", "Il travaille là.", "Alpha est **ici**. [^S1]"))
    second = corpus.write("poles/beta", "rien")

    _, problems = check_corpus(corpus.path, MAX_AGE_MONTHS, TODAY)

    assert [(p.path, p.line) for p in problems] == [
        (first, line_of(first, "Il travaille là.")),
        (first, line_of(first, "Il travaille là.")),
        (first, line_of(first, "ici")),
        (second, 1),
    ]


def test_the_bundled_corpus_passes() -> None:
    # Its age is the business of `ptce ingest --check`: time alone must not break the tests.
    corpus, problems = check_corpus(bundled_corpus_dir(), max_age_months=1200)

    assert [str(p) for p in problems] == []
    assert len(corpus.documents) > 25


def test_the_command_prints_each_problem_and_exits_1(run_ptce, settings, corpus: CorpusFolder) -> None:
    path = corpus.add("poles/alpha", GOOD, part("b", "Et alors, Alpha ?", "Alpha vit **ici**. [^S1]"))

    result = run_ptce("ingest", "--check")

    assert result.code == 1
    assert f"{path}:{line_of(path, 'ici')}: Markdown" in result.err
    assert result.out == ""


def test_the_command_counts_what_is_right_and_writes_nothing(run_ptce, settings, corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", GOOD, as_of="2025-12", status="historique")

    result = run_ptce("ingest", "--check")

    assert (result.code, result.err) == (0, "")
    assert "1 documents, 1 sections, 2 sources" in result.out
    assert not settings.data_dir.exists()


def test_the_age_that_counts_as_old_is_a_setting(run_ptce, settings, corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", GOOD, as_of="2019", status="en_vigueur")

    strict, patient = (
        run_ptce("ingest", "--check", env={"PTCE_CORPUS__MAX_AGE_MONTHS": months}) for months in ("12", "9999")
    )

    assert (strict.code, patient.code) == (1, 0)
    assert "a plus de 12 mois" in strict.err
