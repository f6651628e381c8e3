"""Sections into sentences and passages: nothing lost, nothing rewritten, sizes kept."""

from itertools import pairwise

import pytest
from support import CorpusFolder, part

from ingest.load import load_corpus
from ingest.split import MAX_OVERLAP_CHARACTERS, MAX_PASSAGE_CHARACTERS, split_corpus, split_section
from knowledge.model import Paragraph, Section


def section(*paragraphs: str) -> Section:
    made = tuple(Paragraph(text, ("S1",), "text", n) for n, text in enumerate(paragraphs, 1))
    return Section("poles/alpha#a", "Alpha", made, (), (), "2025", "en_vigueur", False, 1)


def sentence(number: int, length: int) -> str:
    """A sentence of `length` characters that differs from all others."""
    return f"Phrase {number} ".ljust(length - 1, "x") + "."


def test_a_short_section_is_one_passage_named_after_it() -> None:
    found, passages = split_section(section("Une phrase. Une autre.", "Une troisième."), first_row=7)

    assert [(s.text, s.paragraph, s.row) for s in found] == [
        ("Une phrase.", 0, 7),
        ("Une autre.", 0, 8),
        ("Une troisième.", 1, 9),
    ]
    assert [(p.id, p.section, p.first, p.last) for p in passages] == [("poles/alpha#a", "poles/alpha#a", 0, 2)]
    assert passages[0].text == "Une phrase. Une autre. Une troisième."


def test_a_long_section_is_cut_between_sentences() -> None:
    texts = [sentence(n, 200) for n in range(12)]

    found, passages = split_section(section(*texts), 0)

    assert [p.id for p in passages] == [f"poles/alpha#a/{n}" for n in range(1, len(passages) + 1)]
    assert all(p.text == " ".join(s.text for s in found[p.first : p.last + 1]) for p in passages)
    assert all(len(p.text) <= MAX_PASSAGE_CHARACTERS for p in passages)
    assert [n for p in passages for n in range(p.first, p.last + 1)] == list(range(12))


def test_a_short_last_sentence_opens_the_next_passage_too() -> None:
    texts = [sentence(0, 300), sentence(1, 300), sentence(2, MAX_OVERLAP_CHARACTERS - 60), sentence(3, 300)]

    _, passages = split_section(section(*texts), 0)

    assert [(p.first, p.last) for p in passages] == [(0, 2), (2, 3)]


def test_a_sentence_is_not_repeated_where_that_would_make_a_passage_too_long() -> None:
    texts = [sentence(0, 300), sentence(1, 300), sentence(2, 80), sentence(3, MAX_PASSAGE_CHARACTERS - 50)]

    _, passages = split_section(section(*texts), 0)

    assert [(p.first, p.last) for p in passages] == [(0, 2), (3, 3)]


def test_a_sentence_longer_than_a_passage_is_kept_whole() -> None:
    texts = [sentence(0, 100), sentence(1, 2 * MAX_PASSAGE_CHARACTERS), sentence(2, 100)]

    _, passages = split_section(section(*texts), 0)

    assert any(texts[1] in p.text for p in passages)
    assert {n for p in passages for n in range(p.first, p.last + 1)} == {0, 1, 2}


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_lengths_every_sentence_is_in_a_passage_and_the_split_is_the_same_twice(seed: int) -> None:
    lengths = [20 + (seed * 7919 + n * 104_729) % 400 for n in range(60)]
    whole = section(*(sentence(n, length) for n, length in enumerate(lengths)))

    found, passages = split_section(whole, 0)

    assert {n for p in passages for n in range(p.first, p.last + 1)} == set(range(60))
    assert all(a.first < b.first and a.last < b.last for a, b in pairwise(passages))
    assert split_section(whole, 0) == (found, passages)


def test_sentences_are_numbered_through_the_whole_corpus(corpus: CorpusFolder) -> None:
    for name in ("alpha", "beta"):
        corpus.add(
            f"poles/{name}", part("a", "A ?", "Une. Deux. [^S1]"), part("b", "B ?", "Trois. [^S1]", "Quatre. [^S1]")
        )

    by_section, passages = split_corpus(load_corpus(corpus.path))

    assert list(by_section) == ["poles/alpha#a", "poles/alpha#b", "poles/beta#a", "poles/beta#b"]
    assert [s.row for group in by_section.values() for s in group] == list(range(8))
    assert [p.section for p in passages] == list(by_section)


def test_quoted_sentences_of_the_bundled_corpus_stand_verbatim_in_their_paragraphs(bundled) -> None:
    contents = bundled.assistant.index.contents

    misquoted = [
        s.text
        for section_id, group in contents.sentences.items()
        for s in group
        if s.text not in contents.sections[section_id].paragraphs[s.paragraph].text
    ]

    assert misquoted == []
    assert max(len(p.text) for p in contents.passages) <= max(
        MAX_PASSAGE_CHARACTERS, *(len(s.text) for group in contents.sentences.values() for s in group)
    )
