"""Whose region a question is about, and that no other region answers it."""

import numpy as np
import pytest
from memory_index import index_of
from support import CorpusFolder, part

from bot.evaluation.taught import to_learn
from knowledge.assistant import Assistant
from knowledge.index import Index
from knowledge.names import possible_names
from knowledge.question import Question, read_question
from knowledge.regions import regions_named, searchable


@pytest.fixture
def index(corpus: CorpusFolder) -> Index:
    """Three regions with their towns, a pole in two of them, and pages that are of no region."""
    contact = part("cellule", "Qui contacter ?", "Le contact est à la CRESS. [^S1]")
    corpus.add("cellules/bretagne", contact, title="Les PTCE en Bretagne", region="Bretagne", places=["Rennes"])
    corpus.add("cellules/centre", contact, region="Centre", places=["Orléans", "Saint-Denis"], aliases=["Tours", "CVL"])
    corpus.add("cellules/reunion", contact, region="La Réunion", places=["Saint-Denis"])
    corpus.add("poles/alpha", region="Bretagne", aliases=["Phare"])
    corpus.add("poles/beta", region="Centre")
    corpus.add("faq/devenir", part("devenir", "Comment devenir un PTCE ?", "Se réunir à plusieurs. [^S1]"))
    corpus.add("faq/en", part("become", "How to become a PTCE?", "Join forces. [^S1]"), lang="en")
    index = index_of(corpus)
    vars(index)["dictionary"] = frozenset({"tours", "centre", "reunion"})
    return index


def asked(text: str, index: Index, completed: str = "") -> Question:
    return read_question(text, index.vocabulary, 500, lambda typed: completed or typed)


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Qui contacter à Orléans ?", {"Centre"}),
        ("On est près d’Orléans, qui appeler ?", {"Centre"}),
        ("une régie à Orléans cherche qui appeler en Bretagne", {"Centre", "Bretagne"}),
        ("qui appeler à orléans", {"Centre"}),
        ("Qui contacter à Saint-Denis ?", {"Centre", "La Réunion"}),
        ("Y a-t-il des PTCE ailleurs qu'en Bretagne ?", set()),
        ("Que fait Alpha ?", set()),
        ("Alpha est-il venu à Tours ?", {"Centre"}),
        ("on fait des tours de table, qui contacter ?", set()),
        ("Comment devenir un PTCE ?", set()),
        ("", set()),
    ],
)
def test_the_regions_of_the_places_that_are_named(index: Index, text: str, regions: set[str]) -> None:
    assert regions_named(index, text) == regions


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Qui aura droit à l'aide ?", set()),
        ("la réunion de Séné, quels PTCE y étaient ?", set()),
        ("une reunion pour les communes, qui contacter ?", set()),
        ("Quel pôle le plus grand est soutenu par l'État ?", set()),
        ("un projet phare de bâtiment durable", set()),
        ("on est à roubaix, ki contacter", {"Hauts-de-France"}),
        ("une cress à Rennes", {"Bretagne"}),
        ("contact en PACA", {"Provence-Alpes-Côte d'Azur"}),
        ("Qui contacter à rennes ?", {"Bretagne"}),
        ("Bonjour, qui contacter pour un PTCE à strasbourg ?", {"Grand Est"}),
        ("Qui contacter dans le nord ?", {"Hauts-de-France"}),
        ("Notre asso est dans la manche, qui appeler ?", {"Normandie"}),
        ("On monte un PTCE dans le cadre d'un projet à partir de mai", set()),
        ("La réunion est à quelle heure ?", set()),
        ("Y a-t-il des tours de table dans les PTCE ?", set()),
        ("Qui contacter en Pays de la Loire ?", {"Pays de la Loire"}),
        ("Quels pôles en Centre-Val de Loire ?", {"Centre-Val de Loire"}),
        ("un PTCE sur la Côte d'Azur", {"Provence-Alpes-Côte d'Azur"}),
        ("les poles du nord pas de calais", {"Hauts-de-France"}),
        ("qui appeler en pays de la loire", {"Pays de la Loire"}),
        ("un ptce en corse", {"Corse"}),
        ("contact en paca svp", {"Provence-Alpes-Côte d'Azur"}),
        ("la cress idf", {"Île-de-France"}),
        ("les ptce dans le grand est", {"Grand Est"}),
        ("un pôle qui est en lien avec le centre social", set()),
        ("un grand est ce possible", set()),
        ("il y aura une aide ?", set()),
    ],
)
def test_words_of_french_are_no_places(assistant: Assistant, text: str, regions: set[str]) -> None:
    assert regions_named(assistant.index, text) == regions


def test_a_place_is_no_slip(assistant: Assistant) -> None:
    for place in assistant.index.regions_of:
        for name in (place, place.title()):
            assert assistant.read(f"notre asso est dans l'{name}, qui appeler").corrections == ()


def test_hardly_any_question_loses_the_section_that_answers_it(assistant: Assistant) -> None:
    index = assistant.index
    numbers = {section: number for number, section in enumerate(index.section_ids)}
    questions = to_learn(index.contents)

    named = [one for one in questions if regions_named(index, one.text)]
    lost = [
        one.text
        for one in named
        if (allowed := searchable(index, asked(one.text, index))) is not None and not allowed[numbers[one.section]]
    ]

    assert len(named) > 1500
    assert len(lost) <= 0.002 * len(named)


def test_the_cells_of_other_regions_may_not_answer(index: Index) -> None:
    allowed = searchable(index, asked("Qui contacter à Orléans ?", index))

    documents = [d.id for d in index.contents.documents.values()]
    assert allowed is not None
    assert {d for d, may in zip(documents, allowed, strict=True) if may} == {
        "cellules/centre",
        "poles/alpha",
        "poles/beta",
        "faq/devenir",
    }


def test_a_question_that_names_its_place_is_not_asked_of_the_one_before(index: Index) -> None:
    followed = asked("et à Orléans ?", index, completed="et à Orléans ? (Bretagne)")
    followup = asked("et le courriel ?", index, completed="et le courriel ? (Bretagne)")

    cells = [d.region if d.kind == "cellules" else None for d in index.contents.documents.values()]
    may = [{c for c, a in zip(cells, searchable(index, q), strict=True) if a and c} for q in (followed, followup)]

    assert may == [{"Centre"}, {"Bretagne"}]


def test_where_no_place_is_named_every_french_page_may_answer(index: Index) -> None:
    np.testing.assert_array_equal(searchable(index, asked("Qui contacter ?", index)), index.french)


def test_who_asks_in_english_may_be_answered_by_all_pages_but_the_cells_of_other_regions(index: Index) -> None:
    in_general = asked("How can our organisation become a PTCE and who should we talk to?", index)
    in_orleans = asked("How can our organisation in Orléans become a PTCE and who should we talk to?", index)

    allowed = searchable(index, in_orleans)

    assert in_general.lang == in_orleans.lang == "en"
    assert searchable(index, in_general) is None
    assert allowed is not None
    names = list(index.contents.sections)
    assert allowed[names.index("faq/en#become")]
    assert not allowed[names.index("cellules/bretagne#cellule")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("le nord-ouest de la Manche", "Manche"),
        ("le quart Nord-Est de la France", "France"),
        ("près de saint-nazaire ou de lille", "saint-nazaire"),
        ("dans le sud-est", ""),
    ],
)
def test_a_direction_is_no_place(text: str, names: str) -> None:
    assert possible_names(text) == names


@pytest.mark.parametrize(
    "question",
    [
        "Notre épicerie associative de Quimperlé veut rejoindre un pôle, lequel contacter ?",
        "notre épicerie de quimperlé veut rejoindre un pole, qui contacter",
    ],
)
def test_who_names_a_place_that_is_not_known_is_told_of_no_region_as_theirs(
    assistant: Assistant, question: str
) -> None:
    answer = assistant.ask(question)

    assert answer.verdict != "answered" or not answer.citations[0].document.startswith("cellules/")


@pytest.mark.parametrize("question", ["Qui est Mathilde Ory ?", "Qui contacter en Guadeloupe ?"])
def test_who_names_what_a_cell_holds_is_told_it(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)

    assert answer.verdict == "answered"
    assert answer.citations[0].document.startswith("cellules/")
