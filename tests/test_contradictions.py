"""Two figures for one named quantity: found when nothing is said of it, and only then."""

import pytest
from support import CorpusFolder, line_of, part

from ingest.contradictions import contradictory_figures
from ingest.load import load_corpus

STATED = "En 2023, le pôle Alpha employait 40 salariés."


def found_in(corpus: CorpusFolder, *sentences: str) -> list[str]:
    """The messages for a corpus of one section a sentence."""
    parts = [part(f"s{n}", f"Question {n} ?", f"{text} [^S1]") for n, text in enumerate(sentences)]
    corpus.add("poles/alpha", *parts)
    return [c.message for c in contradictory_figures(load_corpus(corpus.path))]


@pytest.mark.parametrize(
    ("other", "value"),
    [
        ("En 2023, le pôle Alpha employait 55 salariés.", "55"),
        ("En 2023, dans ses entreprises ouvertes à tous, le pôle Alpha employait 55 salariés.", "55"),
        ("Un seul pôle, Alpha, avait 1 salarié en 2023.", "1"),
        ("Les 1 200 salariés du pôle Alpha ont voté en 2023.", "1 200"),
        ("En 2023, on lisait 4,5 salariés au pôle Alpha.", "4,5"),
    ],
)
def test_two_figures_for_one_quantity_are_found(corpus: CorpusFolder, other: str, value: str) -> None:
    # The unit is shown as its stem, which both forms share.
    assert found_in(corpus, STATED, other) == [f"{value} salar… ici, 40 dans poles/alpha#s0 : dites-le"]


@pytest.mark.parametrize(
    "other",
    [
        "En 2023, le pôle Alpha employait 40 salariés de plus de trente ans.",
        "En 2024, le pôle Alpha employait 55 salariés.",
        "En 2023, le pôle Bêta employait 55 salariés.",
        "En 2023, le pôle Alpha réunissait 55 membres.",
        "En 2023, le pôle Alpha employait environ 55 salariés.",
        "En 2023, le pôle Alpha employait 55 salariés selon la CRESS.",
        "En 2023, le pôle Alpha est passé de 40 salariés à 55 salariés.",
        "Le pôle Alpha emploie 55 salariés.",
        "En 2023, on comptait 55 salariés.",
        "En 2023, le pôle Alpha cite l'article 55 salariés.",
    ],
    ids=[
        "same figure",
        "other year",
        "other name",
        "other unit",
        "an estimate",
        "said by someone",
        "a change",
        "no year",
        "no name",
        "a reference",
    ],
)
def test_figures_that_do_not_contradict_each_other_are_left_alone(corpus: CorpusFolder, other: str) -> None:
    assert found_in(corpus, STATED, other) == []


def test_one_section_may_give_two_figures(corpus: CorpusFolder) -> None:
    assert found_in(corpus, f"{STATED} En 2023, le pôle Alpha employait 55 salariés.") == []


def test_the_second_figure_is_the_one_pointed_at_across_documents(corpus: CorpusFolder) -> None:
    corpus.add("faq/alpha", part("a", "Combien ?", f"{STATED} [^S1]"))
    later = corpus.add(
        "poles/alpha", part("b", "Combien donc ?", "En 2023, le pôle Alpha employait 55 salariés. [^S1]")
    )

    (contradiction,) = contradictory_figures(load_corpus(corpus.path))

    assert (contradiction.document.id, contradiction.line) == ("poles/alpha", line_of(later, "55 salariés"))
    assert "faq/alpha#a" in contradiction.message
