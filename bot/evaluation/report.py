"""The evaluation as a page that a person reads: rates with intervals, results by kind, every failure."""

from collections.abc import Iterator, Sequence

import numpy as np

from bot.evaluation.metrics import METRICS, Result, by_split, expected_calibration_error, rate, rates

_SHOWN = 400


def report_markdown(results: Sequence[Result]) -> str:
    """The whole page; `dev` (tuned on) and `test` (not) side by side."""
    parts = by_split(results)
    lines = ["# Évaluation", "", *_rates_table(parts), "", *_lengths(parts), "", *_by_kind(results), ""]
    for split, part in parts.items():
        lines += [f"## Échecs ({split})", "", *_failures(part), ""]
    return "\n".join(lines)


def summary_lines(results: Sequence[Result]) -> list[str]:
    """The rates of both splits, for a terminal."""
    lines = []
    for split, part in by_split(results).items():
        lines.append(f"{split} ({len(part)} questions)")
        lines += [f"  {name:<17} {value}" for name, value in rates(part).items() if value.count]
        if part:
            lines.append(f"  {'ece':<17} {expected_calibration_error(part):.3f}")
            lines += [f"  {line}" for line in _length_facts(part)]
    return lines


def _rates_table(parts: dict[str, list[Result]]) -> Iterator[str]:
    measured = {split: rates(part) for split, part in parts.items()}
    yield "| mesure | " + " | ".join(f"{split} (intervalle à 95 %)" for split in parts) + " |"
    yield "|---|" + "---|" * len(parts)
    for name, _, _ in METRICS:
        yield f"| {name} | " + " | ".join(str(measured[split][name]) for split in parts) + " |"
    yield "| ece | " + " | ".join(f"{expected_calibration_error(p):.3f}" if p else "" for p in parts.values()) + " |"


def _lengths(parts: dict[str, list[Result]]) -> Iterator[str]:
    for split, part in parts.items():
        yield from (f"- {split} : {fact}" for fact in _length_facts(part))


def _length_facts(part: Sequence[Result]) -> Iterator[str]:
    lengths = [r.length for r in part if r.question.answerable]
    ratios = [r.total_ms / r.embed_ms for r in part if r.embed_ms]
    if lengths:
        median, high = np.percentile(lengths, [50, 95])
        yield f"longueur d'une réponse : médiane {median:.0f} caractères, 95e centile {high:.0f}"
    if ratios:
        yield f"temps d'une réponse : {np.median(ratios):.2f} fois celui du vecteur de la question (médiane)"


def _by_kind(results: Sequence[Result]) -> Iterator[str]:
    yield "| genre | juste | questions |"
    yield "|---|---|---|"
    for kind in sorted({r.question.kind for r in results}):
        part = [r for r in results if r.question.kind == kind]
        yield f"| {kind} | {rate([float(r.right) for r in part]).value:.3f} | {len(part)} |"


def _failures(part: Sequence[Result]) -> Iterator[str]:
    for result in part:
        if not result.right:
            question = result.question
            wanted = " ; ".join(f"`{fact}`" for fact in question.facts) or question.expect
            yield f"- **{question.id}** « {question.question} »"
            yield f"  - voulu : {wanted} ({', '.join(question.sections) or 'aucune section'})"
            shown = " ".join(result.answer.split())[:_SHOWN]
            yield f"  - donné ({result.verdict}, {result.confidence}) : {shown}"
