"""« Oui » and « Non » are quoted only to who asked for them and is answered."""

import pytest

from knowledge.assistant import Assistant
from knowledge.compose import Claim, Draft
from knowledge.contents import Contents
from knowledge.profile import profile
from knowledge.yes_no import same_sense, wants_yes_or_no, without_own_yes_or_no, without_yes_or_no


@pytest.fixture
def contents(assistant: Assistant) -> Contents:
    return assistant.index.contents


@pytest.mark.parametrize(
    "question",
    [
        "Un PTCE est-il un label ?",
        "est ce que la charte est obligatoire",
        "Une structure qui n'est pas de l'ESS peut-elle entrer ?",
        "on peut candidater quand on est seul ?",
        "Can a town hall join a PTCE?",
        "la région aide les ptce ou pas",
    ],
)
def test_these_want_yes_or_no(question: str) -> None:
    assert wants_yes_or_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "Quelle différence avec un cluster ?",
        "c'est quoi un ptce",
        "Qui signe la charte ?",
        "et combien ça coûte",
        "Où est NOLA ?",
        "Qu'est-ce qu'un PTCE ?",
        "How do I join?",
        "Auquel des deux faut-il écrire ?",
        "c'était qui qui choisissait en 2014",
        "Bonjour, qui dirige NOLA ?",
        "Depuis quand existe NOLA ?",
        "D'où vient l'argent ?",
        "Savez-vous qui dirige Néo 56 ?",
        "Peut-on savoir où signer ?",
        "Dites-moi ce qu'est un PTCE",
    ],
)
def test_these_want_something_else(question: str) -> None:
    assert not wants_yes_or_no(question)


def opening(contents: Contents, word: str) -> Claim:
    section = next(s for s in contents.sections.values() if contents.sentences[s.id][0].text.startswith(f"{word}, "))
    return Claim(section, contents.sentences[section.id])


@pytest.mark.parametrize("word", ["Oui", "Non", "Yes", "No"])
def test_the_word_goes_and_the_rest_stays_verbatim(contents: Contents, word: str) -> None:
    claim = opening(contents, word)

    cut = without_yes_or_no(Draft((claim,)), keep_first=False).claims[0]

    assert cut.sentences[0].text == claim.sentences[0].text.removeprefix(f"{word}, ")
    assert cut.sentences[1:] == claim.sentences[1:]


def test_only_the_lead_may_keep_its_word(contents: Contents) -> None:
    claim = opening(contents, "Non")

    lead, other = without_yes_or_no(Draft((claim, claim)), keep_first=True).claims

    assert lead == claim
    assert not other.sentences[0].text.startswith("Non")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Oui, il faut signer.", "Il faut signer."),
        ("oui bien sûr, il faut signer.", "Il faut signer."),
        ("Oui il faut signer.", "Il faut signer."),
        ("Non : la loi ne fixe rien.", "La loi ne fixe rien."),
        ("Non,\u00a0la loi ne fixe rien.", "La loi ne fixe rien."),
        ("Non la loi ne fixe rien.", "La loi ne fixe rien."),
        ("Non seulement il faut signer, mais il faut candidater.", None),
        ("Non lauréat, un pôle peut se dire PTCE.", None),
        ("Non-lauréat, un pôle peut se dire PTCE.", None),
        ("Oui.", None),
    ],
)
def test_a_models_own_yes_or_no_goes_and_nothing_else(said: str, told: str | None) -> None:
    assert without_own_yes_or_no(said) == (told or said)


def test_a_card_never_says_yes_to_nobody(contents: Contents) -> None:
    texts = [profile(contents, d.id, 900).text for d in contents.corpus.documents]

    assert not [t for t in texts for line in t.splitlines() if line.startswith(("Oui, ", "Non, ", "Yes, ", "No, "))]


@pytest.mark.parametrize(
    "question",
    [
        "Faut-il payer pour signer la charte des PTCE ?",
        "Un PTCE peut-il avoir la personnalité juridique ?",
        "Une entreprise qui n'est pas de l'ESS doit-elle rejoindre un PTCE ?",
        "Tous les pôles ont-ils écrit leur propre charte ?",
        "L'AMI 2026 est-il ouvert ?",
        "Y a-t-il un AMI PTCE en 2026 ?",
        "si on refuse de signer la charte, on peut quand même avoir l'accompagnement ptce de l'État ?",
    ],
)
def test_no_answer_says_yes_to_what_its_section_was_not_asked(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)

    assert not answer.answer.startswith(("Oui", "Non"))
    assert not any(citation.quote.startswith(("Oui, ", "Non, ")) for citation in answer.citations)


def test_an_answer_says_no_to_who_asked_whether_and_not_to_who_asked_what(assistant: Assistant) -> None:
    rest = "un PTCE n'est pas un statut juridique"

    whether = assistant.ask("Un PTCE est-il un statut juridique ?")
    what = assistant.ask("Quel est le statut juridique d'un PTCE ?")

    assert whether.answer.startswith(f"Non, {rest}")
    assert what.answer.startswith(rest[0].upper() + rest[1:])
    assert what.citations[0].quote.startswith(rest)


@pytest.mark.parametrize(
    ("question", "foreseen", "same"),
    [
        ("Faut-il signer la charte ?", "Doit-on signer la charte pour être aidé ?", True),
        ("peut-on avoir le soutien de l'État sans signer la charte ?", "Faut-il signer la charte ?", False),
        ("Un PTCE peut-il exister sans statuts ?", "Un PTCE doit-il avoir des statuts ?", False),
        ("Est-ce que la région n'aide pas les pôles ?", "La région aide-t-elle les pôles ?", False),
        ("Un pôle sans salarié est-il possible ?", "Peut-on être un pôle sans salarié ?", True),
        ("Can a group not be selected?", "Can a group be selected?", False),
        ("Peut-on se dire PTCE sans aucune autorisation ?", "Faut-il une autorisation pour se dire PTCE ?", False),
        ("La charte n'est pas obligatoire, n'est-ce pas ?", "La charte est-elle obligatoire ?", False),
        ("La charte est obligatoire, n'est-ce pas ?", "La charte est-elle obligatoire ?", True),
        ("la région aide les ptce ou pas", "La région aide-t-elle les PTCE ?", True),
        ("l'État n'aide-t-il que les lauréats ?", "L'État aide-t-il les lauréats ?", False),
        ("Est-il interdit de signer en tant que mairie ?", "Une mairie peut-elle signer la charte ?", False),
        ("L'adhésion est-elle payante ?", "L'adhésion est-elle gratuite ?", False),
        ("Le label est-il facultatif ?", "Le label est-il obligatoire ?", False),
        ("Est-il impossible de cumuler les aides ?", "Peut-on cumuler les aides ?", False),
        ("Doit-on se déclarer PTCE ?", "Peut-on se déclarer PTCE ?", False),
        ("Un PTCE peut-il être une association ?", "Un PTCE est-il une association ?", False),
        ("Tous les pôles ont-ils une charte ?", "Des pôles ont-ils une charte ?", False),
        ("Une SARL est-elle toujours de l'ESS ?", "Une SARL est-elle de l'ESS ?", False),
        ("Est-ce obligatoire de signer ?", "Faut-il signer la charte ?", True),
        ("On peut entrer à plusieurs ?", "Plusieurs structures peuvent-elles entrer ?", True),
        ("un pôle peut-il n'avoir ni salarié ni local ?", "Un pôle doit-il avoir un local ?", False),
    ],
)
def test_a_yes_to_a_thing_is_no_yes_to_its_contrary(question: str, foreseen: str, same: bool) -> None:
    assert same_sense(question, foreseen) is same


def test_no_foreseen_question_that_turns_its_section_round_is_told_yes_or_no(
    assistant: Assistant, contents: Contents
) -> None:
    said = {s.id: contents.sentences[s.id][0].text for s in contents.sections.values()}
    opening_so = [s for s in contents.sections.values() if said[s.id].startswith(("Oui, ", "Non, "))]
    contrary = [(q, said[s.id]) for s in opening_so for q in s.questions if not same_sense(q, s.title)]
    # One in three: each costs a reading.
    told = [(question, opening, assistant.ask(question).answer) for question, opening in contrary[::3]]

    assert len(told) > 5
    assert not [one for one in told if one[2].startswith(one[1][:30])]
