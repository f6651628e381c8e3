"""An `Answer` as text for a terminal or a pipe, or as one JSON object."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bot.messages import CUT_SENTENCE, SOURCES_TITLE, SUGGESTIONS_TITLE, WRITTEN, cited_source
from knowledge.assistant import Explanation
from knowledge.model import Answer, Citation
from knowledge.text import storable


def answer_dict(answer: Answer) -> dict[str, Any]:
    """The contract of `ptce ask --json`: the fields of `Answer`, `refused` among them."""
    data = asdict(answer)
    sources = ("title", "publisher", "date", "url")
    for citation in data["citations"]:
        citation["sources"] = [{name: source[name] for name in sources} for source in citation["sources"]]
    order = ("question", "answer", "verdict", "refused", "reason", "suggestions", "mode", "confidence", "citations")
    data["refused"] = answer.refused
    return {name: data[name] for name in (*order, "timings_ms")}


def answer_json(answer: Answer) -> str:
    """One line of JSON, accents as they are."""
    return storable(json.dumps(answer_dict(answer), ensure_ascii=False))


def answer_text(answer: Answer) -> str:
    """The answer, its sources and, where there are any, its suggestions, as plain lines."""
    parts = [answer.answer]
    if answer.citations:
        parts.append("\n".join([f"{SOURCES_TITLE} :", *_source_lines(answer.citations)]))
    if answer.suggestions:
        parts.append("\n".join([f"{SUGGESTIONS_TITLE} :", *(f"- {s}" for s in answer.suggestions)]))
    return "\n\n".join(parts)


def _source_lines(citations: Iterable[Citation]) -> list[str]:
    """One line for each section and its sources, with the numbers of all the citations that point there."""
    numbers: dict[str, list[str]] = {}
    for citation in citations:
        numbers.setdefault(cited_source(citation), []).append(f"[{citation.n}]")
    return [f"{' '.join(group)} {source}" for source, group in numbers.items()]


def explanation_text(explanation: Explanation) -> str:
    """What was searched and found, with scores, and what the judge made of it."""
    question, judgement = explanation.question, explanation.judgement
    lines = [f"Question comprise : {question.completed}"] if question.completed != question.text else []
    lines += [f"Question cherchée : {question.corrected} (langue : {question.lang})"]
    lines += [f"  orthographe : {wrong} → {right}" for wrong, right in question.corrections]
    lines.append(f"Verdict : {explanation.answer.verdict}, confiance {explanation.answer.confidence}")
    if judgement:
        lines.append("  " + ", ".join(f"{name} {value:.3g}" for name, value in judgement.features.items()))
    lines.append("Passages (score fusionné ; cosinus du passage, de la question connue ; BM25) :")
    for hit in explanation.hits:
        lines.append(f"  {hit.score:.3f}  {hit.dense:.3f}  {hit.known:.3f}  {hit.lexical:5.1f}  {hit.passage.id}")
        if hit.question:
            lines.append(f"         question connue la plus proche : {hit.question}")
    lines += _writing_lines(explanation)
    timings = explanation.answer.timings_ms
    lines.append(f"Temps : vecteur {timings.embed} ms, recherche {timings.retrieve} ms, réponse {timings.compose} ms")
    return "\n".join(lines)


def _writing_lines(explanation: Explanation) -> list[str]:
    """What came of asking a language model, when one was asked: what it was denied, and why."""
    writing = explanation.writing
    if writing is None:
        return []
    head = [WRITTEN.format(tries=writing.tries)] if writing.cited else []
    return head + [CUT_SENTENCE.format(why=cut.why, text=cut.text) for cut in writing.cut]
