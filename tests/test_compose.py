"""Which sentences are quoted, how they are marked, and the last look before they leave."""

import re
from dataclasses import replace

import pytest
from memory_index import asked, empty_index, index_of
from support import SOURCES, CorpusFolder, Part, part

from knowledge.cite import Cited, cite
from knowledge.compose import COMFORT, MAX_SUPPLEMENTS, WHOLE_SECTION, Claim, Draft, compose, with_silence
from knowledge.index import Index
from knowledge.retriever import HybridRetriever
from knowledge.settings import RetrievalSettings
from knowledge.verify import UnsupportedCitationError, verify

LIMIT = 900
OPENING = "Alpha est un pôle de Bretagne qui réunit trente structures autour du réemploi."
FILLING = [
    f"Chaque {season}, l'atelier numéro {n} accueille des habitants venus apprendre un nouveau geste avec un artisan."
    for n, season in enumerate(("printemps", "été", "automne", "hiver", "trimestre", "semestre"), 2)
]
PRICE = "La cotisation annuelle d'un membre s'élève à quarante euros."


def drafted(corpus: CorpusFolder, question: str, limit: int = LIMIT) -> tuple[Index, Draft]:
    index = index_of(corpus)
    vector = asked(question)
    hits = HybridRetriever(index, RetrievalSettings()).search(question, vector)
    return index, compose(index, hits, vector, limit)


def answered(corpus: CorpusFolder, question: str, *parts: Part, limit: int = LIMIT) -> Cited:
    """The answer from a corpus of one document."""
    corpus.add("poles/alpha", *parts, sources=["S1", "S2"])
    index, draft = drafted(corpus, question, limit)
    return verify(index.contents, cite(index.contents, draft))


def quoted(draft: Draft) -> list[str]:
    return [s.text for claim in draft.claims for s in claim.sentences]


# compose


def test_a_short_section_is_quoted_whole(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", part("prix", "Combien coûte Alpha ?", f"{OPENING} {PRICE} [^S1]", f"{FILLING[0]} [^S1]"))

    _, draft = drafted(corpus, "Combien coûte Alpha ?")

    assert quoted(draft) == [OPENING, PRICE, FILLING[0]]


def test_a_long_section_keeps_its_opening_and_what_is_nearest(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", part("tout", "Alpha en détail", " ".join([OPENING, *FILLING, PRICE]) + " [^S1]"))

    _, draft = drafted(corpus, "À combien s'élève la cotisation annuelle ?")

    found = quoted(draft)
    assert (found[0], found[-1]) == (OPENING, PRICE)
    assert len(found) < len(FILLING) + 2
    assert sum(len(text) + 1 for text in found) <= WHOLE_SECTION + 1


def test_what_is_kept_stays_in_reading_order(corpus: CorpusFolder) -> None:
    texts = [OPENING, PRICE, *FILLING]
    corpus.add("poles/alpha", part("tout", "Alpha en détail", " ".join(texts) + " [^S1]"))

    found = quoted(drafted(corpus, "Quel geste apprend-on chaque hiver ? Quelle cotisation ?")[1])

    assert [texts.index(text) for text in found] == sorted(texts.index(text) for text in found)


@pytest.mark.parametrize("start", ["Elle", "Ce", "Cette somme", "Mais", "Ils", "Cela"])
def test_a_loose_pronoun_never_stands_without_what_it_points_at(corpus: CorpusFolder, start: str) -> None:
    loose = f"{start} finance un fourgon électrique partagé entre les boulangers."
    corpus.add("poles/alpha", part("tout", "Alpha en détail", " ".join([OPENING, *FILLING, PRICE, loose]) + " [^S1]"))

    found = quoted(drafted(corpus, "Qui finance le fourgon électrique partagé entre les boulangers ?")[1])

    assert found[found.index(loose) - 1] == PRICE


@pytest.mark.parametrize("mark", ["{n}. ", "- ", "> "])
def test_steps_lists_and_law_stay_whole(corpus: CorpusFolder, mark: str) -> None:
    lines = [f"{mark.format(n=n)}{text} [^S1]" for n, text in enumerate(FILLING, 1)]
    corpus.add("poles/alpha", part("tout", "Alpha en détail", f"{OPENING} [^S1]", *lines))

    _, draft = drafted(corpus, "Que fait l'atelier numéro 4 ?")

    assert quoted(draft) == [OPENING, *FILLING]
    assert draft.claims[0].length > WHOLE_SECTION


def test_another_section_adds_what_is_as_near_and_new(corpus: CorpusFolder) -> None:
    free = "Chez Beta, le prix reste libre."
    corpus.add("poles/alpha", part("prix", "Quel est le prix de la cotisation ?", f"{PRICE} [^S1]"))
    corpus.add("poles/beta", part("prix", "Quel est le prix de la cotisation ?", f"{free} [^S1]"))
    corpus.add("poles/gamma", part("lieu", "Où se trouve la halle ?", "La halle borde la rivière. [^S1]"))

    _, draft = drafted(corpus, "Quel est le prix de la cotisation ?")

    assert set(quoted(draft)) == {PRICE, free}


def test_no_sentence_is_said_twice(corpus: CorpusFolder) -> None:
    again = "La cotisation annuelle des membres s'élève à quarante euros."
    for name, text in (("alpha", PRICE), ("beta", PRICE), ("gamma", again)):
        corpus.add(f"poles/{name}", part("prix", "Quel est le prix de la cotisation ?", f"{text} [^S1]"))

    _, draft = drafted(corpus, "Quel est le prix de la cotisation ?")

    assert len(quoted(draft)) == 1


def test_what_is_far_adds_nothing(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", part("prix", "Quel est le prix de la cotisation ?", f"{PRICE} [^S1]"))
    corpus.add("poles/beta", part("lieu", "Où se trouve la halle ?", "La halle borde la rivière. [^S1]"))

    assert quoted(drafted(corpus, "Quel est le prix de la cotisation ?")[1]) == [PRICE]


def test_what_may_not_answer_goes_with_what_its_sources_do_not_say(corpus: CorpusFolder) -> None:
    unknown = "Aucune source ne donne la cotisation d'Alpha."
    elsewhere = part("non-indique", "Ce qu'on ignore de Beta", "Rien n'est dit de la cotisation. [^S1]", silence=True)
    corpus.add("poles/beta", elsewhere)
    corpus.add(
        "poles/alpha",
        part("presentation", "Qu'est-ce qu'Alpha ?", f"{OPENING} [^S1]"),
        part("non-indique", "Ce qu'on ignore d'Alpha", f"{unknown} {FILLING[0]} [^S1]", silence=True),
    )
    index = index_of(corpus)
    vector = asked("Qu'est-ce qu'Alpha ?")
    hits = HybridRetriever(index, RetrievalSettings()).search("Qu'est-ce qu'Alpha ?", vector)
    draft = compose(index, hits, vector, LIMIT)

    told = with_silence(index, draft, hits, vector)

    assert {claim.section.id for claim in draft.claims} == {"poles/alpha#presentation"}
    assert [claim.section.id for claim in told.claims] == ["poles/alpha#presentation", "poles/alpha#non-indique"]
    assert told.claims[1].sentences[0].text == unknown


def test_what_its_sources_do_not_say_goes_with_nothing_more_of_the_kind(corpus: CorpusFolder) -> None:
    parts = [
        part(anchor, f"Ce qu'on ignore du {anchor}", f"Aucune source ne donne le {anchor} d'Alpha. [^S1]", silence=True)
        for anchor in ("budget", "loyer")
    ]
    corpus.add("poles/alpha", *parts)
    index = index_of(corpus)
    vector = asked("Quel est le budget d'Alpha ?")
    hits = HybridRetriever(index, RetrievalSettings()).search("Quel est le budget d'Alpha ?", vector)
    draft = compose(index, hits, vector, LIMIT)

    assert with_silence(index, draft, hits, vector) == draft


def test_a_section_of_silence_is_never_a_supplement(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", part("prix", "Quel est le prix de la cotisation ?", f"{PRICE} [^S1]"))
    silence = part(
        "prix", "Quel est le prix de la cotisation ?", "Chez Beta, aucune source ne le dit. [^S1]", silence=True
    )
    corpus.add("poles/beta", silence)

    _, draft = drafted(corpus, "Quel est le prix de la cotisation chez Alpha ?")

    assert [claim.section.id for claim in draft.claims] == ["poles/alpha#prix"]


def test_supplements_are_few_and_keep_to_the_limit(corpus: CorpusFolder) -> None:
    for n, text in enumerate([PRICE, *FILLING]):
        corpus.add(f"poles/p{n}", part("prix", "Quel est le prix de la cotisation ?", f"{text} [^S1]"))

    for limit in (200, COMFORT, LIMIT):
        _, draft = drafted(corpus, "Quel est le prix de la cotisation ?", limit)
        assert len(draft.claims) <= 1 + MAX_SUPPLEMENTS
        assert len(draft.claims) == 1 or sum(claim.length for claim in draft.claims) <= limit


def test_nothing_found_is_an_empty_draft() -> None:
    assert compose(empty_index(), (), asked("rien"), LIMIT) == Draft(())
    assert cite(empty_index().contents, Draft(())) == Cited("", ())


# cite


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Alpha répare.", "Alpha répare [1]."),
        ("Qui répare ? C'est Alpha !", "Qui répare [1] ? C'est Alpha [1] !"),
        ("Alpha répare, trie…", "Alpha répare, trie [1]…"),
        ("Alpha dit : « On répare. »", "Alpha dit : « On répare. » [1]"),
        ("Alpha répare", "Alpha répare [1]"),
    ],
)
def test_the_marker_stands_before_the_final_point(corpus: CorpusFolder, written: str, shown: str) -> None:
    cited = answered(corpus, "Que fait Alpha ?", part("metier", "Que fait Alpha ?", f"{written} [^S1]"))

    assert cited.text == shown
    assert cited.citations[0].quote == written


def test_sentences_that_follow_each_other_share_a_citation(corpus: CorpusFolder) -> None:
    cited = answered(
        corpus, "Que fait Alpha ?", part("metier", "Que fait Alpha ?", f"{OPENING} {PRICE} [^S1]", "Alpha vend. [^S2]")
    )

    assert [c.quote for c in cited.citations] == [f"{OPENING} {PRICE}", "Alpha vend."]
    assert re.findall(r"\[(\d+)\]", cited.text) == ["1", "1", "2"]
    assert [[s.key for s in c.sources] for c in cited.citations] == [["S1"], ["S2"]]
    assert cited.citations[1].sources[0].title == SOURCES["S2"]["title"]


def test_sentences_with_a_gap_between_them_have_a_citation_each(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", part("metier", "Que fait Alpha ?", f"{OPENING} {FILLING[0]} {PRICE} [^S1]"))
    index, draft = drafted(corpus, "Que fait Alpha ?")
    (claim,) = draft.claims
    gap = Draft((Claim(claim.section, (claim.sentences[0], claim.sentences[2])),))

    cited = cite(index.contents, gap)

    assert [c.quote for c in cited.citations] == [OPENING, PRICE]
    assert re.findall(r"\[(\d+)\]", cited.text) == ["1", "2"]


def test_steps_are_numbered_in_order_and_items_are_listed(corpus: CorpusFolder) -> None:
    steps = answered(
        corpus, "Comment faire ?", part("s", "Comment faire ?", "Voici. [^S1]", "1. Réunir. [^S1]", "2. Signer. [^S2]")
    )
    items = answered(corpus, "Comment faire ?", part("s", "Comment faire ?", "- Réunir. [^S1]", "- Signer. [^S1]"))

    assert re.fullmatch(r"Voici \[1\]\.\n1[.)] Réunir \[2\]\.\n2[.)] Signer \[3\]\.", steps.text)
    assert items.text == "- Réunir [1].\n- Signer [2]."


def test_a_text_of_law_stands_in_quotation_marks(corpus: CorpusFolder) -> None:
    cited = answered(corpus, "Que dit la loi ?", part("loi", "Que dit la loi ?", "> Il est créé un pôle. [^S1]"))

    assert cited.text == "« Il est créé un pôle [1]. »"
    assert cited.citations[0].quote == "Il est créé un pôle."


@pytest.mark.parametrize(
    ("entry", "caution"),
    [
        ({"status": "historique", "as_of": "2017"}, "(information historique, 2017)"),
        ({"status": "a_verifier", "as_of": "2023-05"}, "(information de mai 2023, à vérifier)"),
        ({}, None),
    ],
)
def test_what_may_no_longer_hold_says_so_on_its_own_line(
    corpus: CorpusFolder, entry: dict, caution: str | None
) -> None:
    cited = answered(corpus, "Que fait Alpha ?", part("m", "Que fait Alpha ?", f"{PRICE} [^S1]", **entry))

    assert cited.text.split("\n")[1:] == ([caution] if caution else [])


@pytest.mark.parametrize(
    ("status", "as_of", "caution"),
    [
        ("historique", "2017-01-05", "(historical information, 5 January 2017)"),
        ("a_verifier", "2023-12", "(information from December 2023, to be checked)"),
        ("en_vigueur", "2023-12", ""),
    ],
)
def test_who_asks_in_english_is_cautioned_in_english(
    corpus: CorpusFolder, status: str, as_of: str, caution: str
) -> None:
    corpus.add("poles/alpha", part("m", "Que fait Alpha ?", f"{PRICE} [^S1]", status=status, as_of=as_of))
    index, draft = drafted(corpus, "Que fait Alpha ?")

    told = cite(index.contents, draft, english=True).text

    assert "\n".join(told.split("\n")[1:]) == caution


def test_every_quote_is_a_slice_of_its_paragraph(corpus: CorpusFolder) -> None:
    text = f"{OPENING}  {' '.join(FILLING)} Il dit : « Venez ! Restez ! » Et c'est vrai. {PRICE} [^S1]"
    corpus.add("poles/alpha", part("tout", "Alpha en détail", text))
    index, draft = drafted(corpus, "Quelle est la cotisation de l'hiver ?")

    citations = cite(index.contents, draft).citations

    (section,) = index.contents.sections.values()
    assert citations
    assert all(any(c.quote in p.text for p in section.paragraphs) for c in citations)


# verify


@pytest.fixture
def cited(corpus: CorpusFolder) -> tuple[Index, Cited]:
    corpus.add("poles/alpha", part("m", "Que fait Alpha ?", f"{PRICE} [^S1]"))
    corpus.add("poles/beta", part("m", "Où est Beta ?", "Beta est ailleurs. [^S1]"))
    index, draft = drafted(corpus, "Que fait Alpha, et à quel prix ?")
    return index, cite(index.contents, Draft(draft.claims[:1]))


def test_what_is_supported_goes_through_untouched(cited: tuple[Index, Cited]) -> None:
    index, good = cited

    assert verify(index.contents, good) is good


@pytest.mark.parametrize(
    "change",
    [
        lambda c: replace(c, text=c.text + " Et plus encore [2]."),
        lambda c: replace(c, text="Alpha coûte quarante euros."),
        lambda c: replace(c, text=c.text.replace("[1]", "[7]")),
        lambda c: replace(c, citations=()),
        lambda c: replace(c, citations=(replace(c.citations[0], quote="La cotisation s'élève à mille euros."),)),
        lambda c: replace(c, citations=(replace(c.citations[0], quote="Beta est ailleurs."),)),
        lambda c: replace(c, citations=(replace(c.citations[0], document="poles/beta"),)),
        lambda c: replace(c, citations=(replace(c.citations[0], document="poles/absent"),)),
        lambda c: replace(c, citations=(replace(c.citations[0], sources=()),)),
    ],
    ids=[
        "a marker too many",
        "no marker",
        "unknown marker",
        "no citation",
        "invented quote",
        "quote of another document",
        "wrong document",
        "unknown document",
        "no source",
    ],
)
def test_what_is_not_supported_is_stopped(cited: tuple[Index, Cited], change) -> None:
    index, good = cited

    with pytest.raises(UnsupportedCitationError):
        verify(index.contents, change(good))
