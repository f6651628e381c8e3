"""The verdict: what is asserted, what is only offered, what is withheld, and what is looked at to decide."""

import math
from collections.abc import Mapping

import pytest
from memory_index import asked, empty_index, index_of
from support import CorpusFolder, part

from knowledge.compose import Draft, compose
from knowledge.evidence import asks_to_compare
from knowledge.index import Index
from knowledge.judge import Found, Judgement, Weights, features, judge, load_weights
from knowledge.logistic import Logistic
from knowledge.question import Question, read_question
from knowledge.retriever import HybridRetriever
from knowledge.scope import names_subject
from knowledge.settings import RetrievalSettings

JOBS = "Combien d'emplois a Alpha ?"


@pytest.fixture
def index(corpus: CorpusFolder) -> Index:
    corpus.add(
        "poles/alpha",
        part("emplois", JOBS, "En 2019, Alpha comptait 12 emplois. [^S1]"),
        part("budget", "Quel est le budget d'Alpha ?", "Aucune source ne donne son budget. [^S1]", silence=True),
    )
    corpus.add("poles/beta", part("metier", "Que cultive Beta ?", "Beta cultive des légumes à Brest. [^S1]"))
    return index_of(corpus, unanswerable=["Quel âge a la présidente d'Alpha ?", "Quelle heure est-il ?"])


def always(probability: float) -> Logistic:
    """A model that says the same of every question."""
    return Logistic((), (), (), (), math.log(probability / (1 - probability)))


def weights(answer: float, topic: float = 0.9) -> Weights:
    return Weights(always(answer), always(topic), answered=0.7, refused=0.3, on_topic=0.5, surely_on_topic=0.6)


def found_for(index: Index, question: Question, read: Mapping[str, float] | None = None) -> Found:
    vector = asked(question.corrected)
    hits = HybridRetriever(index, RetrievalSettings()).search(question.corrected, vector)
    return Found(vector, hits, compose(index, hits, vector, 900), read or {})


def seen(index: Index, text: str, read: Mapping[str, float] | None = None, **others) -> dict[str, float]:
    question = read_question(text, index.vocabulary, 500)
    return features(index, question, found_for(index, question, read), **others)


def judged(index: Index, text: str, model: Weights) -> Judgement:
    question = read_question(text, index.vocabulary, 500)
    return judge(index, question, found_for(index, question), model)


def test_a_question_that_a_section_foresees_word_for_word_is_answered_by_it(index: Index) -> None:
    unsure = weights(0.05, 0.1)

    foreseen, otherwise = judged(index, "combien d’emplois A ALPHA", unsure), judged(index, f"{JOBS} Et où ?", unsure)

    assert (foreseen.verdict, foreseen.confidence, foreseen.reason) == ("answered", 1.0, None)
    assert otherwise.verdict == "refused"


@pytest.mark.parametrize(
    ("answer", "topic", "verdict", "reason"),
    [
        (0.95, 0.9, "answered", None),
        (0.71, 0.9, "answered", None),
        (0.69, 0.9, "closest", None),
        (0.31, 0.9, "closest", None),
        (0.29, 0.9, "refused", "pas_dans_les_sources"),
        (0.95, 0.49, "refused", "hors_sujet"),
        (0.05, 0.49, "refused", "hors_sujet"),
    ],
)
def test_a_verdict_follows_from_two_probabilities(index: Index, answer, topic, verdict, reason) -> None:
    judgement = judged(index, "Combien d'emplois dans la région ?", weights(answer, topic))

    assert (judgement.verdict, judgement.reason) == (verdict, reason)
    assert judgement.confidence == pytest.approx(answer)


@pytest.mark.parametrize(
    "question", ["Les emplois d'Alpha ?", "Combien d'emplois dans un PTCE ?", "Notre pôle doit-il embaucher ?"]
)
def test_whoever_names_the_subject_is_on_topic(index: Index, question: str) -> None:
    judgement = judged(index, question, weights(answer=0.5, topic=0.1))

    assert judgement.verdict == "closest"


@pytest.mark.parametrize("question", ["Où est le pôle Nord ?", "Mon pôle-emploi ferme-t-il ?", "Le pôle de santé ?"])
def test_another_sort_of_pole_is_no_subject_of_ours(index: Index, question: str) -> None:
    assert not names_subject(index, read_question(question, index.vocabulary, 500))


@pytest.mark.parametrize(("answer", "verdict"), [(0.95, "answered"), (0.5, "closest"), (0.1, "refused")])
def test_that_the_sources_are_silent_is_an_answer_like_another(index: Index, answer: float, verdict: str) -> None:
    assert judged(index, "Alpha, quel budget ?", weights(answer)).verdict == verdict


def test_nothing_found_is_off_topic() -> None:
    read = read_question(JOBS, frozenset(), 500)

    judgement = judge(empty_index(), read, Found(asked(JOBS), (), Draft(()), {}), weights(0.9))

    assert judgement == Judgement("refused", 0.0, "hors_sujet", {})


def test_a_probability_is_the_logistic_of_a_weighted_sum() -> None:
    model = Logistic(("near", "far"), (0.5, 1.0), (0.25, 2.0), (2.0, -1.0), 0.5)

    total = 0.5 + 2.0 * (0.75 - 0.5) / 0.25 - 1.0 * (3.0 - 1.0) / 2.0
    assert model.probability({"near": 0.75, "far": 3.0, "unused": 9.0}) == pytest.approx(1 / (1 + math.exp(-total)))


@pytest.mark.parametrize(("value", "expected"), [(1e9, 1.0), (-1e9, 0.0)])
def test_a_probability_never_overflows(value: float, expected: float) -> None:
    assert Logistic(("a",), (0.0,), (1.0,), (1.0,), 0.0).probability({"a": value}) == pytest.approx(expected)


def test_the_shipped_weights_name_only_what_is_looked_at(index: Index) -> None:
    known = seen(index, JOBS)
    shipped = load_weights()

    assert set(shipped.answer.names) <= set(known)
    assert set(shipped.topic.names) <= set(known)


def test_the_shipped_weights_are_usable() -> None:
    shipped = load_weights()

    for model in (shipped.answer, shipped.topic):
        sizes = {len(values) for values in (model.names, model.means, model.scales, model.weights)}
        assert sizes == {len(set(model.names))}
        assert all(scale > 0 for scale in model.scales)
        assert all(map(math.isfinite, (*model.means, *model.weights, model.bias)))
    assert 0 < shipped.refused < shipped.answered < 1
    assert 0 < shipped.on_topic < 1


def test_everything_looked_at_is_a_plain_number(index: Index) -> None:
    for question in (JOBS, "Quelle est la capitale de l'Australie ?", "9", "你好"):
        assert all(isinstance(v, float | int) and math.isfinite(v) for v in seen(index, question).values())


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("kind_missing", "Quel est le montant du budget d'Alpha ?", JOBS),
        ("figures_missing", "Combien d'emplois a Alpha en 2031 ?", "Combien d'emplois a Alpha en 2019 ?"),
        ("names_missing", "Combien d'emplois a Zorglub ?", JOBS),
        ("unknown_words", "Combien de xylophones a Alpha ?", JOBS),
        ("rarest_missing", "Combien de xylophones a Alpha ?", JOBS),
        ("covered", JOBS, "Combien de xylophones a Alpha ?"),
        ("compared_missing", "Alpha a-t-il plus d'emplois que Zorglub ?", "Alpha a-t-il des emplois à Zorglub ?"),
        ("compared_missing", "Quelle différence entre Alpha et Zorglub ?", JOBS),
        ("compared_missing", "Alpha vs Zorglub", JOBS),
        ("foreseen", JOBS, "Combien de xylophones a Alpha ?"),
        ("name_agrees", JOBS, "Combien de choses ?"),
        ("silence", "Quel est le budget d'Alpha ?", JOBS),
        ("foreign", "How many jobs are there?", JOBS),
        ("unanswerable", "Quel âge a la présidente d'Alpha ?", "Que cultive Beta ?"),
        ("unanswerable_gap", JOBS, "Quel âge a la présidente d'Alpha ?"),
        ("known", JOBS, "Alpha ?"),
    ],
)
def test_what_is_looked_at_tells_questions_apart(index: Index, name: str, has: str, lacks: str) -> None:
    assert seen(index, has)[name] > seen(index, lacks)[name]


@pytest.mark.parametrize(
    ("question", "compares"),
    [
        ("c koi la diff entre un ptce et un tiers lieu", True),
        ("Alpha est-il plus ancien que Beta ?", True),
        ("SCIC vs association", True),
        ("Is Alpha bigger than Beta?", True),
        ("En quoi diffère-t-il d'un cluster ?", True),
        ("Qu'est-ce qui distingue Alpha de Beta ?", True),
        ("Alpha a-t-il plus de moyens que Beta ?", True),
        ("vs pouvez m aider ? Salutations distinguées", False),
        ("Je voudrais en savoir plus : est-ce que c'est obligatoire ?", False),
        ("Depuis plus de dix ans, que fait Alpha ?", False),
        ("Existe-t-il depuis plus d'un an, est-ce que vous le savez ?", False),
        ("Who other than the State funds it?", False),
        ("Combien de personnes différentes y travaillent ?", False),
        ("Peut-on être plus de dix, et qui décide ?", False),
        ("En plus de l'État, qui aide ?", False),
    ],
)
def test_a_question_that_sets_one_thing_beside_another_is_recognised(question: str, compares: bool) -> None:
    assert asks_to_compare(question) is compares


def test_a_question_without_answer_can_be_left_out_to_learn_from_it(index: Index) -> None:
    question = "Quel âge a la présidente d'Alpha ?"

    assert seen(index, question)["unanswerable"] == pytest.approx(1, abs=1e-4)
    assert seen(index, question, without=0)["unanswerable"] < 0.9


def test_what_the_shipped_judge_looks_at_is_told(assistant) -> None:
    judgement = assistant.explain("Qui dirige NOLA ?").judgement

    assert set(assistant.weights.answer.names) <= set(judgement.features)
    assert 0 <= judgement.confidence <= 1


def test_what_the_reader_makes_of_the_lead_and_of_the_best_is_looked_at(index: Index) -> None:
    question = read_question(JOBS, index.vocabulary, 500)
    lead = found_for(index, question).draft.claims[0].section.id

    features_seen = seen(index, JOBS, {lead: -1.0, "autre": 2.0})

    assert [features_seen[name] for name in ("read_lead", "read_best", "read_second")] == [-1.0, 2.0, -1.0]
    assert seen(index, JOBS)["read_lead"] == 0.0
