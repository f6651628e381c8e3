"""Text analysis: what is kept of a text, where its sentences end, which terms it is found by."""

import unicodedata

import pytest

from knowledge.text import REMEMBERED_CHARACTERS, clean, content_words, fold, is_question, sentences, terms, words


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("Qui\0 dirige NOLA ?", "Qui dirige NOLA ?"),
        ("Qui\x07 di\x1brige ?", "Qui dirige ?"),
        ("pô\u200ble, so\u00adcial", "pôle, social"),
        ("\ufeffcharte\u2060", "charte"),
        ("a\ud800b\udfffc", "abc"),
        ("un\tdeux\ntrois\r\nquatre\fcinq\vsix", "un deux trois quatre cinq six"),
        ("un\x1cdeux\x85trois\u2028quatre\u2029cinq", "un deux trois quatre cinq"),
        ("  trop    d'espaces  ", "trop d'espaces"),
        ("de\u0301cret", "décret"),
        ("e\u200d\u0301cole", "école"),
        ("vélo 🚲 et 👩\u200d🚒", "vélo 🚲 et 👩🚒"),
        ("\ue000privé\ufdd0", "privé"),
        ("مرحبا 你好 Привет", "مرحبا 你好 Привет"),
        ("100\u00a0000\u202f€ ?", "100\u00a0000\u202f€ ?"),
        ("\0\u200b\ud800", ""),
        ("", ""),
    ],
)
def test_cleaning_keeps_what_a_reader_sees_and_nothing_else(dirty: str, expected: str) -> None:
    assert clean(dirty) == expected


def test_cleaning_twice_changes_nothing_for_any_character() -> None:
    every = "".join(map(chr, range(0x11000)))
    pairs = "".join(f"e{ch}\u0301 " for ch in map(chr, range(0x3000)))

    once = clean(every), clean(pairs)

    assert tuple(map(clean, once)) == once
    assert all(unicodedata.is_normalized("NFC", text) for text in once)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’Économie", "l'economie"),
        ("SŒUR, et cætera", "soeur, et caetera"),
        ("àâäçéèêëîïôöùûüÿñ", "aaaceeeeiioouuuyn"),
        ("ﬁlière n° ２", "filiere n° 2"),
    ],
)
def test_folding_forgets_case_accents_ligatures_and_the_shape_of_apostrophes(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100 000 euros", ("100000", "euros")),
        ("100\u00a0000\u202f000", ("100000000",)),
        ("1.250.000 €", ("1250000",)),
        ("en 2014 250 emplois", ("en", "2014", "250", "emplois")),
        ("20 000 en 2023", ("20000", "en", "2023")),
        ("02 40 12 34 56", ("02", "40", "12", "34", "56")),
        ("n° 2014-856", ("n", "2014", "856")),
        ("l'article 9", ("l", "article", "9")),
        ("…!?", ()),
    ],
)
def test_words_hold_whole_numbers(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Comment devenir un PTCE ?", ("devenir", "ptce")),
        ("Qu'est-ce que la charte ?", ("charte",)),
        ("article 9", ("article", "9")),
        ("de la et pour", ()),
    ],
)
def test_empty_words_carry_no_subject(text: str, expected: tuple[str, ...]) -> None:
    assert content_words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("les coopératives", "la coopérative"),
        ("financement régional", "Financements regionaux"),
        ("l’économie sociale", "economies SOCIALES"),
        ("100 000 euros", "100000 euros"),
    ],
)
def test_forms_of_one_word_share_a_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize("cut", [words, terms])
def test_only_short_texts_are_remembered(cut) -> None:
    short, long = "le pôle Alpha", "pôle Alpha " * REMEMBERED_CHARACTERS

    assert cut(short) is cut(short)
    assert cut(long) is not cut(long)
    assert cut(long) == cut(long)


def test_repeated_terms_are_kept_in_order() -> None:
    assert terms("pôle, charte, pôle") == (*terms("pôle"), *terms("charte"), *terms("pôle"))


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Une phrase. Une autre.", ["Une phrase.", "Une autre."]),
        ("Est-ce un label ? Non ! Voilà… Fin", ["Est-ce un label ?", "Non !", "Voilà…", "Fin"]),
        ("Il dit : « Oui. C'est vrai. Enfin. » et part.", ["Il dit : « Oui. C'est vrai. Enfin. » et part."]),
        ("Il dit « oui ». Elle dit « non. Jamais ». Fin.", ["Il dit « oui ».", "Elle dit « non. Jamais ».", "Fin."]),
        ("Un « guillemet ouvert. Une suite.", ["Un « guillemet ouvert. Une suite."]),
        ("Voir l'art. 9 de la loi. Puis le décret.", ["Voir l'art. 9 de la loi.", "Puis le décret."]),
        ("M. Dupont et Mme. Durand. Et J. Caillon.", ["M. Dupont et Mme. Durand.", "Et J. Caillon."]),
        ("Environ 3.5 hectares. 500 emplois.", ["Environ 3.5 hectares.", "500 emplois."]),
        ("minuscule. après un point", ["minuscule. après un point"]),
        ("", []),
        ("   ", []),
    ],
)
def test_sentences_end_where_a_reader_would_stop(paragraph: str, expected: list[str]) -> None:
    assert sentences(paragraph) == expected


@pytest.mark.parametrize(
    "paragraph",
    [
        "Le « pôle. Ou la grappe » existe. Selon elle, « c'est ainsi. Voilà ! » Et c'est tout. Fin (vraiment). Bien.",
        "Un. Deux ! Trois ? « Quatre. Cinq. » Six… Sept",
    ],
)
def test_sentences_are_verbatim_slices_that_never_cut_a_quotation(paragraph: str) -> None:
    found = sentences(paragraph)

    assert " ".join(found) == paragraph
    assert all(piece.count("«") == piece.count("»") for piece in found)


@pytest.mark.parametrize(
    ("title", "expected"), [("Qui dirige NOLA ?", True), ("Qui dirige NOLA ?  ", True), ("Histoire de NOLA", False)]
)
def test_a_title_is_a_question_when_it_ends_as_one(title: str, expected: bool) -> None:
    assert is_question(title) is expected
