"""Who does what in a sentence, as the parser tells, and whether a claim exchanges it."""

import pytest

from knowledge.claims.complements import other_complement
from knowledge.claims.lexicon import Acronyms
from knowledge.claims.links import mirrored, misplaced
from knowledge.claims.roles import exchanged_role, usurper
from knowledge.claims.swaps import swapped
from knowledge.claims.syntax import first_name, parts

REGION, POLE = ("soutenir", "does", "region"), ("soutenir", "undergoes", "pole")
SUPPORT = "La Coop IDEAL anime le PTCE NOLA."


def taken(text: str) -> set[tuple[str, str, str]]:
    return {(p.told, p.role, p.party.noun if p.party else "?") for p in parts(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("La région soutient le pôle.", {REGION, POLE}),
        ("Le pôle est soutenu par la région.", {REGION, POLE}),
        ("La région, qui soutient le pôle, existe.", {REGION, POLE}),
        ("Le pôle soutenu par la région existe.", {REGION, POLE}),
        ("Le pôle que soutient la région existe.", {REGION, POLE}),
        ("La région et la commune soutiennent le pôle.", {REGION, ("soutenir", "does", "commune"), POLE}),
        ("La région réunit les acteurs et soutient le pôle.", {REGION, POLE}),
        ("Elle soutient le pôle.", {("soutenir", "does", "?"), POLE}),
        ("Le pôle né en 2014 existe.", {("naitre", "either", "pole")}),
        ("Le pôle est une association.", {("association", "is", "pole")}),
    ],
)
def test_active_passive_and_relative_come_down_to_the_same_parts(text: str, expected: set) -> None:
    assert expected <= taken(text)


@pytest.mark.parametrize(
    "claim",
    [
        "Le PTCE NOLA anime la Coop IDEAL.",
        "La Coop IDEAL est animée par le PTCE NOLA.",
        "C'est le PTCE NOLA qui anime la Coop IDEAL.",
    ],
)
def test_roles_exchanged_are_seen_whatever_the_turn(claim: str) -> None:
    assert exchanged_role(claim, SUPPORT)


@pytest.mark.parametrize(
    "claim",
    [
        "Le PTCE NOLA est animé par la Coop IDEAL.",
        "C'est la Coop IDEAL qui anime le PTCE NOLA.",
        "Le PTCE NOLA, animé par la Coop IDEAL, existe.",
        "La Coop IDEAL porte et anime le PTCE NOLA.",
    ],
)
def test_the_same_roles_told_otherwise_are_kept(claim: str) -> None:
    assert not exchanged_role(claim, SUPPORT)
    assert not usurper(claim, SUPPORT)


def test_who_gives_and_who_receives_are_not_exchanged() -> None:
    evidence = "Pascal Glémain a signalé à Noémie Mouret une recherche."

    assert exchanged_role("Noémie Mouret a signalé à Pascal Glémain une recherche.", evidence)
    assert not exchanged_role("Une recherche a été signalée à Noémie Mouret par Pascal Glémain.", evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Carole Delga a ouvert la rencontre.", "Sylvia Pinel a ouvert la rencontre, et Carole Delga y a parlé."),
        ("Les collectivités soutiennent le pôle.", "L'État soutient le pôle, et les collectivités le connaissent."),
        ("Beta a été reconnu par l'État en 2014.", "Alpha a été reconnu par l'État en 2014, et Beta le demande."),
        ("NOLA est née à l'initiative de Juratri.", "Clus'Ter Jura est né à l'initiative de Juratri, et NOLA grandit."),
    ],
)
def test_nobody_does_or_undergoes_what_is_told_of_another(claim: str, evidence: str) -> None:
    assert usurper(claim, evidence)


def test_at_whose_initiative_it_is_stays_theirs() -> None:
    evidence = "Cinq réseaux de l'économie sociale et solidaire ont agi sous l'impulsion de Claude Alphandéry."
    spelt = Acronyms(["Le label ESS (économie sociale et solidaire) existe."])

    assert other_complement("Claude Alphandéry a agi sous l'impulsion des cinq réseaux.", evidence, spelt)
    assert not other_complement("L'ESS a agi, sous l'impulsion de Claude Alphandéry.", evidence, spelt)
    assert not other_complement("Avec l'appui de cinq réseaux, Claude Alphandéry a agi.", evidence, spelt)


def test_a_pronoun_in_the_evidence_may_be_anyone() -> None:
    assert not usurper("NOLA soutient les associations.", "Elle soutient les associations ; NOLA existe depuis 2014.")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Le Groupe Archer anime Pôle Sud.", "groupe"),
        ("À Tarnos, Sud Aquitaine existe.", "sud"),
        ("Les membres du pôle se réunissent.", ""),
        ("", ""),
    ],
)
def test_the_first_name_is_the_one_no_preposition_leads_to(text: str, name: str) -> None:
    assert first_name(text) == name


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("NOLA est un collectif informel.", "NOLA n'a pas de forme juridique : le pôle est un collectif informel."),
        ("Un PTCE choisit sa forme juridique.", "Un PTCE n'est pas un label, et le pôle choisit sa forme juridique."),
        (
            "La CRESS et la préfecture animent la cellule régionale.",
            "La CRESS, qui anime la cellule régionale avec la préfecture, répond.",
        ),
        (
            "Les PTCE sont soutenus par l'État par des appels à manifestation d'intérêt.",
            "L'État soutient les PTCE depuis 2021 par des appels à manifestation d'intérêt.",
        ),
    ],
)
def test_the_same_told_with_another_word_for_who_does_is_kept(claim: str, evidence: str) -> None:
    assert not usurper(claim, evidence)
    assert not exchanged_role(claim, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Le pôle peut soutenir la région.", "La région peut soutenir le pôle."),
        ("NOLA a créé la Coop IDEAL.", "NOLA, qu'a créé la Coop IDEAL, existe."),
    ],
)
def test_roles_are_seen_through_modal_verbs_and_compound_tenses(claim: str, evidence: str) -> None:
    assert exchanged_role(claim, evidence)


def test_names_that_changed_places_round_the_same_words_are_mirrored() -> None:
    evidence = "COOP'ÉCO fait suite à COOP'TER, un programme de l'ADEME."

    assert mirrored("COOP'TER fait suite à COOP'ÉCO.", evidence)
    assert mirrored("Ordi Grand Ouest finance NOLA.", "NOLA finance Ordi Grand Ouest.")
    assert not mirrored("COOP'ÉCO fait suite à COOP'TER.", evidence)


def test_what_two_names_do_together_may_be_told_either_way_round() -> None:
    for said in (mirrored, misplaced):
        assert not said("NOLA coopère avec Archer.", "Archer coopère avec NOLA, et Archer existe.")
    assert mirrored("NOLA coopère pour Archer.", "Archer coopère pour NOLA.")


def test_what_follows_a_list_of_names_is_said_of_each() -> None:
    evidence = "L'État et la Région animent bien la cellule."

    assert not misplaced("La Région et l'État animent bien la cellule.", evidence)
    assert misplaced("La Région anime bien le pôle.", "L'État anime bien le pôle, et la Région finance.")


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Le RTES finance le MES.", "Le MES finance le RTES."),
        ("Le MES soutient Archer.", "Archer soutient le MES."),
    ],
)
def test_a_name_that_is_a_word_of_grammar_in_capitals_is_a_name(claim: str, evidence: str) -> None:
    assert exchanged_role(claim, evidence) or mirrored(claim, evidence)


def test_an_article_in_capitals_is_no_part_of_a_name() -> None:
    assert usurper("L'AIDE soutient le pôle.", "L'État soutient le pôle, et l'AIDE le connaît.")


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "Le pôle répare avec les vignerons et lave les bouteilles avec les particuliers.",
            "Le pôle répare avec les particuliers et lave les bouteilles avec les vignerons.",
        ),
        (
            "Le pôle répare avec les vignerons et lave les bouteilles avec les particuliers.",
            "Le pôle répare avec les particuliers, par exemple, et lave les bouteilles avec les vignerons.",
        ),
        (
            "La cellule régionale fixe les orientations, et la cellule nationale accompagne sur le terrain.",
            "La cellule nationale fixe les orientations, et la cellule régionale accompagne sur le terrain.",
        ),
    ],
)
def test_words_that_took_each_others_place_are_swapped(claim: str, evidence: str) -> None:
    assert swapped(claim, evidence)
    assert not swapped(evidence, evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("En 2023, le pôle répare des bouteilles à Nantes.", "Le pôle répare des bouteilles à Nantes en 2023."),
        ("Le Relais et la Région aident le pôle.", "La Région et Le Relais aident le pôle."),
        ("", "Des élus ont construit le projet."),
        # A list in another order.
        (
            "L'ESS rassemble les associations, les mutuelles, les fondations et les coopératives.",
            "L'ESS rassemble les coopératives, les mutuelles, les fondations et les associations.",
        ),
        # What opens the one ends the other.
        (
            "Le 27 novembre, sept structures du réseau se sont réunies en Bretagne pour parler.",
            "En Bretagne, sept structures du réseau se sont réunies le 27 novembre pour parler.",
        ),
        # Who does it is told by « par », elsewhere.
        ("Le pôle vert est porté par la mairie bleue.", "La mairie verte porte le pôle bleu."),
        # Hardly a word in common.
        (
            "Un élu jovial répare avec des vignerons ; un ouvrier lave avec des particuliers le lundi matin.",
            "Le pôle répare avec des particuliers, puis une association lave avec des vignerons.",
        ),
    ],
)
def test_words_told_in_another_order_are_not_swapped(claim: str, evidence: str) -> None:
    assert not swapped(claim, evidence)
