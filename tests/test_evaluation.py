"""`ptce eval`: what is read, what is measured, what is written, what fails."""

import json
import math
import random
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from bot.evaluation.beir import load_beir, ndcg_at
from bot.evaluation.calibrate import Example, learn, recalibrate
from bot.evaluation.metrics import Rate, Result, expected_calibration_error, holds_facts, rate, rates, would_be_right
from bot.evaluation.questions import DEV_SHARE, EvalQuestion, load_questions
from bot.evaluation.report import report_markdown, summary_lines
from bot.evaluation.run import below, by_split, read_floors, results_json, write_report
from knowledge.errors import PtceError

ASKED = EvalQuestion("q", "pole", "short", "Combien d'emplois ?", "answered", facts=("500 emplois",))
OFF_TOPIC = replace(ASKED, id="hors", expect="refused", facts=())
NEAR_MISS = replace(ASKED, id="presque", expect="not_asserted", facts=())


def result(question: EvalQuestion = ASKED, confidence: float = 0.9, **changes) -> Result:
    """A question rightly answered, unless told otherwise."""
    right = Result(question, "answered", None, confidence, "500 emplois [1].", True, 1, True, 16, 10.0, 12.0)
    return replace(right, **changes)


def write_questions(path: Path, *questions: EvalQuestion) -> Path:
    path.write_text("".join(json.dumps(asdict(q), ensure_ascii=False) + "\n" for q in questions), encoding="utf-8")
    return path


# Questions


def test_questions_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = write_questions(tmp_path / "q.jsonl", ASKED, OFF_TOPIC)
    path.write_text("\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    assert load_questions(path) == [ASKED, OFF_TOPIC]


def test_a_line_separator_inside_a_question_does_not_end_its_line(tmp_path: Path) -> None:
    question = replace(ASKED, question="Combien\u2028 d'emplois ?")

    assert load_questions(write_questions(tmp_path / "q.jsonl", question, OFF_TOPIC)) == [question, OFF_TOPIC]


@pytest.mark.parametrize(
    "line",
    [
        "ceci n'est pas du JSON",
        '{"id": "x"}',
        json.dumps(asdict(ASKED) | {"expect": "peut-être"}),
        json.dumps(asdict(ASKED) | {"id": "x", "facts": ["(ouverte"]}),
        json.dumps(asdict(ASKED) | {"id": "x", "wrong": ["["]}),
        "[]",
    ],
    ids=["not json", "fields missing", "unknown expectation", "bad fact", "bad wrong", "not an object"],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = write_questions(tmp_path / "q.jsonl", ASKED)
    path.write_text(path.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")

    with pytest.raises(PtceError, match=r"q\.jsonl:3 : question mal formée"):
        load_questions(path)


def test_a_repeated_id_is_named(tmp_path: Path) -> None:
    with pytest.raises(PtceError, match="identifiant en double : hors"):
        load_questions(write_questions(tmp_path / "q.jsonl", OFF_TOPIC, ASKED, OFF_TOPIC))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfa"])
def test_an_unreadable_file_is_said_to_be(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "q.jsonl"
    if content:
        path.write_bytes(content)

    with pytest.raises(PtceError, match="illisible"):
        load_questions(path)


def test_the_split_depends_on_the_id_alone_and_never_changes() -> None:
    ids = ("nola-1", "howto-1", "q3", "piège-7", "q", "hors")

    splits = [replace(ASKED, id=i).split for i in ids]

    assert splits == [replace(OFF_TOPIC, id=i, question="autre chose").split for i in ids]
    assert splits == ["test", "test", "dev", "dev", "dev", "test"]


def test_the_split_has_its_share() -> None:
    splits = [replace(ASKED, id=f"q{n}").split for n in range(2000)]

    assert splits.count("dev") / 2000 == pytest.approx(DEV_SHARE, abs=0.03)


# Metrics


@pytest.mark.parametrize(
    ("facts", "wrong", "text", "held"),
    [
        (("500 emplois",), (), "NOLA a 500 emplois [1].", True),
        ((r"500 emplois\.",), (), "NOLA a 500 emplois [1].", True),
        (("500 emplois, dont",), (), "NOLA a 500 emplois [12], dont 40 en insertion.", False),
        (("500 EMPLOIS",), (), "nola a 500 emplois", True),
        (("500", "1994"), (), "NOLA a 500 emplois [1].", False),
        (("500", "1994"), (), "NOLA a 500 emplois [1]. Née en 1994 [2].", True),
        (("500|cinq cents",), (), "cinq cents emplois", True),
        ((), (r"\b12\b",), "NOLA a 500 emplois [12].", True),
        (("500",), ("^Oui",), "Oui, 500 emplois.", False),
        (("qui mène ce pôle \\?",), (), "Demandez : qui mène ce pôle [1] ?", True),
    ],
)
def test_facts_are_looked_for_in_what_the_reader_reads(facts, wrong, text: str, held: bool) -> None:
    assert holds_facts(replace(ASKED, facts=facts, wrong=wrong), text) is held


@pytest.mark.parametrize(
    ("question", "verdict", "facts_found", "right"),
    [
        (ASKED, "answered", True, True),
        (ASKED, "closest", True, True),
        (ASKED, "refused", True, False),
        (ASKED, "answered", False, False),
        (OFF_TOPIC, "refused", True, True),
        (OFF_TOPIC, "closest", True, False),
        (OFF_TOPIC, "answered", True, False),
        (NEAR_MISS, "refused", True, True),
        (NEAR_MISS, "closest", True, True),
        (NEAR_MISS, "answered", True, False),
    ],
)
def test_what_is_right_depends_on_what_was_expected(question, verdict, facts_found, right) -> None:
    assert result(question, verdict=verdict, facts_found=facts_found).right is right


def test_an_interval_holds_the_mean_and_is_always_the_same() -> None:
    values = [float(random.Random(n).random() < 0.8) for n in range(120)]

    found = rate(values)

    assert found == rate(values)
    assert found.count == 120
    assert found.value == pytest.approx(sum(values) / 120)
    assert 0 <= found.low < found.value < found.high <= 1
    assert found.high - found.low == pytest.approx(4 * math.sqrt(found.value * (1 - found.value) / 120), rel=0.2)


def test_the_interval_of_equal_values_is_a_point_and_of_none_is_nothing() -> None:
    assert rate([1.0] * 30) == Rate(1.0, 1.0, 1.0, 30)
    assert math.isnan(rate([]).value)
    assert rate([]).count == 0


def test_each_rate_is_over_the_questions_that_it_is_about() -> None:
    measured = rates(
        [
            result(),
            result(verdict="refused", facts_found=False, rank=None),
            result(OFF_TOPIC, verdict="refused"),
            result(NEAR_MISS, verdict="closest"),
            result(NEAR_MISS),
        ]
    )

    assert {name: (r.value, r.count) for name, r in measured.items() if name in ("facts", "false_refusals")} == {
        "facts": (0.5, 2),
        "false_refusals": (0.5, 2),
    }
    assert (measured["refused_offtopic"].value, measured["refused_offtopic"].count) == (1.0, 1)
    assert (measured["near_misses"].value, measured["near_misses"].count) == (0.5, 2)
    assert measured["not_asserted"].value == pytest.approx(2 / 3)
    assert measured["traps"].count == measured["recall@1"].count == 0


def test_recall_looks_at_ranks() -> None:
    gold = replace(ASKED, sections=("a#b",))

    measured = rates([result(gold, rank=rank) for rank in (1, 5, 6, None)])

    assert (measured["recall@1"].value, measured["recall@5"].value) == (0.25, 0.5)


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    sure = [result(confidence=1.0)] * 4 + [result(confidence=0.0, facts_found=False)] * 4
    even = [result(confidence=0.5, facts_found=bool(n % 2)) for n in range(10)]

    assert expected_calibration_error(sure + even) == pytest.approx(0)


def test_confidence_that_is_always_wrong_has_the_whole_error() -> None:
    results = [result(confidence=1.0, facts_found=False), result(confidence=0.0), result(OFF_TOPIC, confidence=1.0)]

    assert expected_calibration_error(results) == pytest.approx(1)
    assert [would_be_right(r) for r in results] == [False, True, False]


def test_ndcg_is_that_of_the_reference_library() -> None:
    chance = np.random.default_rng(5)
    for size in (3, 10, 40):
        for _ in range(30):
            grades, scores = chance.integers(0, 4, size), chance.random(size)
            ranked = [str(i) for i in np.argsort(-scores)]
            judged = {str(i): int(grade) for i, grade in enumerate(grades)}
            assert ndcg_at(ranked, judged) == pytest.approx(ndcg_score([grades], [scores], k=10))


def test_ndcg_counts_what_is_missing_and_what_nobody_judged_as_worth_nothing() -> None:
    assert ndcg_at(["a"], {"a": 1}) == 1
    assert ndcg_at(["inconnu", "a"], {"a": 1}) == pytest.approx(1 / math.log2(3))
    assert ndcg_at([], {"a": 1}) == 0
    assert ndcg_at(["a"], {"a": 0}) == 0


# Floors


def test_floors_are_read() -> None:
    assert read_floors(["facts=0.9", "marked = 1"]) == {"facts": 0.9, "marked": 1.0}


@pytest.mark.parametrize("value", ["facts", "facts=", "facts=beaucoup", "facts=nan"])
def test_a_floor_without_a_number_is_refused(value: str) -> None:
    with pytest.raises(PtceError, match="METRIQUE=NOMBRE"):
        read_floors([value])


@pytest.mark.parametrize(
    ("floor", "faults"),
    [
        ({"facts": 0.5}, []),
        ({"facts": 0.51}, ["facts = 0.500, au-dessous de 0.51"]),
        ({"false_refusals": 0.5}, []),
        ({"false_refusals": 0.4}, ["false_refusals = 0.500, au-dessus de 0.4"]),
        ({"closest": 0.1, "marked": 1}, []),
    ],
)
def test_a_rate_is_held_to_its_floor_or_its_ceiling(floor: dict, faults: list[str]) -> None:
    measured = rates([result(), result(verdict="refused")])

    assert below(floor, measured) == faults


def test_an_unknown_metric_is_refused_with_those_that_exist() -> None:
    with pytest.raises(PtceError, match="inconnue : exactitude") as caught:
        read_floors(["exactitude=0.5"])

    assert "facts" in caught.value.cure


# Reports


@pytest.fixture
def some_results() -> list[Result]:
    """Thirty results on both splits, some wrong, and one failure that the report must show."""
    chance = random.Random(3)
    made = [
        result(replace(q, id=f"q{n}"), chance.random(), facts_found=chance.random() < 0.8)
        for n, q in enumerate([ASKED, OFF_TOPIC, NEAR_MISS] * 10)
    ]
    failure = replace(ASKED, id="échec-1", question="Combien d'emplois chez Alpha ?", sections=("poles/alpha#emplois",))
    return [*made, result(failure, facts_found=False, answer="Douze emplois.")]


def test_the_report_and_the_plots_are_written(tmp_path: Path, some_results: list[Result]) -> None:
    write_report(tmp_path / "rapport" / "eval", some_results)

    files = {path.name: path.read_bytes() for path in (tmp_path / "rapport" / "eval").iterdir()}
    pictures = {"reliability.png", "risk-coverage.png", "kinds.png"}
    assert set(files) == pictures | {"eval.json", "eval.md"}
    assert all(files[name].startswith(b"\x89PNG") for name in pictures)


def test_the_page_shows_both_splits_and_each_failure(some_results: list[Result]) -> None:
    page = report_markdown(some_results)

    assert "| mesure | dev (intervalle à 95 %) | test (intervalle à 95 %) |" in page
    assert "- **échec-1** « Combien d'emplois chez Alpha ? »" in page
    assert "  - voulu : `500 emplois` (poles/alpha#emplois)" in page
    assert "Douze emplois." in page
    assert page.count("- **") == sum(not r.right for r in some_results)


def test_machines_are_given_the_same_rates(some_results: list[Result]) -> None:
    data = json.loads(results_json(some_results), parse_constant=pytest.fail)

    for split, part in by_split(some_results).items():
        facts = rates(part)["facts"]
        assert data[split]["rates"]["facts"] == {
            "value": facts.value,
            "low": facts.low,
            "high": facts.high,
            "n": facts.count,
        }
        assert data[split]["ece"] == expected_calibration_error(part)
        # What nothing measured is left out: JSON has no « not a number ».
        assert set(data[split]["rates"]) == {name for name, rate in rates(part).items() if rate.count}


def test_the_summary_leaves_out_what_was_not_measured(some_results: list[Result]) -> None:
    lines = "\n".join(summary_lines(some_results))

    assert "traps" not in lines
    assert all(f"{split} (" in lines for split in ("dev", "test"))


# Calibration


def examples(count: int = 600) -> list[Example]:
    """`near` tells the answerable from the others, `ours` the off topic; `noise` tells nothing."""
    chance = np.random.default_rng(11)
    made = []
    for n in range(count):
        question = (ASKED, NEAR_MISS, OFF_TOPIC)[n % 3]
        seen = {
            "near": float(chance.normal(2.0 if question is ASKED else -2.0)),
            "ours": float(chance.normal(-1.8 if question is OFF_TOPIC else 1.8)),
            "noise": float(chance.normal()),
        }
        dev = replace(question, id=f"q{n}") if n % 2 else None
        made.append(Example(seen, question is ASKED, question is not OFF_TOPIC, 1.0 if dev else 0.1, dev))
    return made


def test_what_is_learnt_tells_the_answerable_from_the_others() -> None:
    weights = learn(examples())

    good, bad, off = (
        {"near": near, "ours": ours, "noise": 0.0} for near, ours in ((2.0, 3.0), (-2.0, 3.0), (-2.0, -3.0))
    )
    assert weights.answer.probability(good) > 0.9 > 0.1 > weights.answer.probability(bad)
    assert weights.topic.probability(good) > 0.9 > 0.1 > weights.topic.probability(off)
    assert weights.topic.probability(bad) > weights.on_topic > weights.topic.probability(off)


def test_the_thresholds_are_ordered() -> None:
    weights = learn(examples())

    assert 0 < weights.refused <= weights.answered < 1
    assert 0 < weights.on_topic < 1


def test_learning_twice_gives_the_same_weights() -> None:
    assert learn(examples(300)) == learn(examples(300))


@pytest.mark.parametrize(
    "questions",
    [
        [],
        [replace(ASKED, id="hors"), OFF_TOPIC],
        [ASKED, replace(ASKED, id="q3")],
        [ASKED, replace(NEAR_MISS, id="q3")],
        [replace(OFF_TOPIC, id="q"), replace(NEAR_MISS, id="q3")],
    ],
    ids=["none", "none that are dev", "all with an answer", "none off topic", "none with an answer"],
)
def test_questions_that_teach_nothing_are_refused_before_anything_is_asked(questions: list[EvalQuestion]) -> None:
    with pytest.raises(PtceError, match="ne suffisent pas au calibrage"):
        recalibrate(None, questions, None)


@pytest.mark.parametrize(
    "kept",
    [
        lambda n, example: False,
        lambda n, example: not example.question,
        lambda n, example: not example.question or not example.right,
        lambda n, example: not example.question or example.on_topic,
        lambda n, example: example.question and (n == 3 or not example.right),
    ],
    ids=["none", "none that are dev", "dev all wrong", "dev all on topic", "a single right one"],
)
def test_what_was_found_may_teach_nothing_either(kept) -> None:
    lessons = [example for n, example in enumerate(examples(60)) if kept(n, example)]

    with pytest.raises(PtceError, match="ne suffisent pas au calibrage"):
        learn(lessons)


def test_probabilities_say_how_often_they_are_right() -> None:
    lessons = examples(1200)
    weights = learn(lessons)

    told = [(weights.answer.probability(e.features), e.right) for e in lessons if e.question]

    assert np.mean([p for p, _ in told]) == pytest.approx(np.mean([right for _, right in told]), abs=0.03)


# The real command


BECOMING = replace(
    ASKED,
    id="devenir",
    question="Comment devenir un PTCE ?",
    facts=("charte", "label"),
    sections=("etapes/devenir#comment-devenir",),
)
CAPITAL = replace(OFF_TOPIC, id="capitale", question="Quelle est la capitale de l'Australie ?")


@pytest.fixture
def three_questions(tmp_path: Path) -> Path:
    hard = replace(
        BECOMING, id="impossible", question="Que fait NOLA ?", facts=("jamais écrit nulle part",), sections=()
    )
    return write_questions(tmp_path / "q.jsonl", BECOMING, CAPITAL, hard)


def test_rates_above_their_floors_are_written_and_end_well(run_ptce, bundled, tmp_path, three_questions) -> None:
    out = tmp_path / "rapport"

    done = run_ptce("eval", str(three_questions), "--min", "refused_offtopic=1", "--out", str(out), env=bundled.env)

    assert done.code == 0, done.err
    assert "facts" in done.out
    assert str(out) in done.err
    assert (out / "eval.md").exists()
    assert json.loads((out / "eval.json").read_text(encoding="utf-8")).keys() == {"dev", "test"}


def test_a_rate_below_its_floor_ends_with_code_1(run_ptce, bundled, three_questions) -> None:
    done = run_ptce("eval", str(three_questions), "--min", "facts=0.9", env=bundled.env)

    assert done.code == 1
    assert "facts = " in done.err
    assert "au-dessous de 0.9" in done.err


# BEIR


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "petit"
    folder.mkdir()
    texts = {
        "d1": "Le réemploi des vélos à Rennes occupe dix personnes.",
        "d2": "La laine des brebis est filée à Saugues.",
        "d3": "Un tiers-lieu accueille des couturières à Romans.",
    }
    queries = {"q1": "où file-t-on la laine ?", "q2": "qui répare les vélos ?", "q3": "personne ne juge"}
    for name, rows in (("corpus", texts), ("queries", queries)):
        lines = [json.dumps({"_id": i, "title": "", "text": text}, ensure_ascii=False) for i, text in rows.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t1\nq1\td1\t0\nq2\td1\t2\n", encoding="utf-8")
    return folder


def test_a_beir_folder_is_read(beir: Path) -> None:
    data = load_beir(beir)

    assert (len(data.texts), len(data.queries)) == (3, 3)
    assert data.judgements == {"q1": {"d2": 1, "d1": 0}, "q2": {"d1": 2}}


def test_a_blank_line_among_the_judgements_is_no_judgement(beir: Path) -> None:
    judged = load_beir(beir).judgements
    with (beir / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("\n")

    assert load_beir(beir).judgements == judged


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_folder_without_one_of_its_files_is_refused(beir: Path, missing: str) -> None:
    (beir / missing).unlink()

    with pytest.raises(PtceError, match="BEIR"):
        load_beir(beir)


def test_judgements_of_questions_that_are_not_there_are_refused(beir: Path) -> None:
    with (beir / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("q9\td1\t1\n")

    with pytest.raises(PtceError, match="q9"):
        load_beir(beir)


def test_retrieval_alone_is_measured_on_a_beir_folder(run_ptce, bundled, beir: Path) -> None:
    done = run_ptce("eval", "--beir", str(beir), env=bundled.env)

    assert done.code == 0, done.err
    assert done.out.splitlines()[0] == "petit : 3 textes, 2 questions jugées"
    assert "nDCG@10   1.000 [1.000–1.000] n=2" in done.out
    assert "rappel@10 1.000 [1.000–1.000] n=2" in done.out
