"""What is understood of a question before anything is searched."""

import pytest

from knowledge.question import language, not_a_question, read_question

VOCABULARY = frozenset(
    "cooperative territoire charte signer financement pole bretagne laureats emplois gouvernance".split()
)
LIMIT = 200


def read(text: str, limit: int = LIMIT):
    return read_question(text, VOCABULARY, limit)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("Qui signe\0 la charte ?", "Qui signe la charte ?"),
        ("Qui \x1b[31msigne\x07 la charte ?", "Qui [31msigne la charte ?"),
        ("Qui signe\ud83d la\udcff charte ?", "Qui signe la charte ?"),
        ("Qui si\u200bgne la cha\u00adrte ?", "Qui signe la charte ?"),
        ("🚲 Qui signe la charte ? 🌍", "🚲 Qui signe la charte ? 🌍"),
        ("  Qui\n\nsigne\tla charte ?  ", "Qui signe la charte ?"),
        ("Qui signe la charte de\u0301taille\u0301e ?", "Qui signe la charte détaillée ?"),
    ],
)
def test_only_what_cannot_be_seen_is_dropped(typed: str, understood: str) -> None:
    question = read(typed)

    assert question.text == understood
    assert question.original == typed
    assert not question.truncated


def test_a_long_question_is_cut_at_a_word_and_says_so() -> None:
    question = read("Qui signe la charte du pôle ? " * 1000, limit=100)

    assert question.truncated
    assert 80 < len(question.text) <= 100
    assert ("Qui signe la charte du pôle ? " * 4).startswith(question.text)


def test_a_question_at_the_limit_is_whole() -> None:
    question = read("a" * LIMIT)

    assert (len(question.text), question.truncated) == (LIMIT, False)


def test_one_endless_word_is_cut_too() -> None:
    question = read("a" * 100_000)

    assert (len(question.text), question.truncated) == (LIMIT, True)


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("koi la charte", "quoi la charte"),
        ("ki est le pole", "qui est le pole"),
        ("cb d'emplois ds le pole", "combien d'emplois dans le pole"),
        ("komen avoir un financement", "comment avoir un financement"),
        ("pk une charte", "pourquoi une charte"),
        ("un pole, c’est koi ?", "un pole, c'est quoi ?"),
        ("la charte, c’est quand ?", "la charte, c'est quand ?"),
    ],
)
def test_text_message_spelling_is_written_out(typed: str, searched: str) -> None:
    assert read(typed).corrected == searched


def test_a_capitalised_acronym_is_not_taken_for_a_text_message() -> None:
    assert read("Que fait la CB du PR ?").corrected == "Que fait la CB du PR ?"


@pytest.mark.parametrize(
    ("typed", "wrong", "right"),
    [
        ("quelle gouvernence ?", "gouvernence", "gouvernance"),
        ("la chartte", "chartte", "charte"),
        ("le finacement du pôle", "finacement", "financement"),
        ("une coopertaive", "coopertaive", "cooperative"),
        ("un CHATRE en capitales", "chatre", "charte"),
        ("la CHARTEE", "chartee", "charte"),
        ("COMMENT DEVENIR UNE COOP DE TERRITOIR", "territoir", "territoire"),
    ],
)
def test_a_slip_is_mended_with_a_word_of_the_corpus(typed: str, wrong: str, right: str) -> None:
    question = read(typed)

    assert question.corrections == ((wrong, right),)
    assert right in question.corrected
    assert question.text == typed


@pytest.mark.parametrize(
    "typed",
    [
        "la charte du territoire",
        "La Coopérative de Bretagne",
        "un xylophone à roulettes",
        "5000 emplois en 2025",
        "pol",
        "On est une PTCA ici",
        "PTCA ?",
    ],
)
def test_right_unknown_and_short_words_are_left_alone(typed: str) -> None:
    question = read(typed)

    assert (question.corrected, question.corrections) == (typed, ())


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Que dit Mme Chartes du pôle ?", "Que dit Mme Chartes du pôle ?"),
        ("notre asso, Emplais, du pôle", "notre asso, Emplais, du pôle"),
        ("Chartes : que dit-elle ?", "charte : que dit-elle ?"),
        ("le pôle de Bretange", "le pôle de bretagne"),
        ("un CHATRE en capitales", "un charte en capitales"),
    ],
)
def test_a_name_is_no_slip_for_an_ordinary_word(typed: str, searched: str) -> None:
    ordinary = frozenset({"charte", "emplois"})

    assert read_question(typed, VOCABULARY, LIMIT, is_word=ordinary.__contains__).corrected == searched


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Comment devenir un PTCE ?", "fr"),
        ("charte PTCE", "fr"),
        ("How do we become a PTCE?", "en"),
        ("What is the charter and who signs it?", "en"),
        ("¿Cómo se puede crear un polo y cuánto cuesta?", "es"),
        ("Was ist ein PTCE und wie kann man es werden?", "de"),
        ("كيف نصبح قطبا إقليميا؟", "xx"),
        ("如何成为一个区域合作中心？", "xx"),
        ("", "fr"),
        ("2014", "fr"),
        ("Et son budget ?", "fr"),
        ("Son adresse ?", "fr"),
        ("Adresse e-mail CRESS Bretagne ?", "fr"),
    ],
)
def test_the_language_is_recognised_and_french_when_in_doubt(text: str, expected: str) -> None:
    assert language(text) == expected


@pytest.mark.parametrize("text", ["", "   ", "?!…", "🚲🌍", "« »", "---", "'"])
def test_a_text_without_letter_or_figure_is_an_empty_question(text: str) -> None:
    assert not_a_question(read(text).text) == "question_vide"


@pytest.mark.parametrize("text", ["Bonjour !", "merci beaucoup", "Salut", "Qui es-tu ?", "es-tu un robot ?", "Hello"])
def test_greetings_and_talk_about_the_bot_are_conversation(text: str) -> None:
    assert not_a_question(text) == "conversation"


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, qui signe la charte ?",
        "charte",
        "9",
        "你好",
        "مرحبا",
        "Merci de me dire comment créer un pôle",
        "Qui es le directeur ?",
        "Que peux-tu me dire sur NOLA ?",
        "Que savez-vous du PTCE Archer ?",
        "Que faites-vous si le PTCE perd son label ?",
    ],
)
def test_anything_that_asks_something_is_a_question(text: str) -> None:
    assert not_a_question(text) is None
