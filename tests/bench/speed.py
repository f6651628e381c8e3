"""`python tests/bench/speed.py [--repeats N]`: how fast `ptce` is on this machine, against the targets of the design.

Times of commands are wall-clock times of new processes, their files in the system's cache; medians over the repeats.
The corpus is the bundled one; every run works in folders of its own, and nothing of the user's is read or written.
"""

import argparse
import json
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from measuring import environment, in_child, machine, median, memory_mb, percentile, print_table, wall

from ingest.build import build
from ingest.embed import CachingEncoder
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.embeddings import Encoder, encode_query, open_encoder
from knowledge.settings import Settings, bundled_corpus_dir
from knowledge.vectors import VectorCache, VectorFile

PTCE = str(Path(sysconfig.get_path("scripts")) / "ptce")
QUESTION = "Comment devenir un PTCE ?"
EVAL_QUESTIONS = Path(__file__).parents[1] / "eval" / "questions.jsonl"
# The document that changes, and the text that is added to the end of its first paragraph.
CHANGED = "poles/nola.md"
ADDED = " Cette phrase a été ajoutée par le banc d'essai numéro {number}."
ANSWERS = 200
WARM_UP = 20
TEXTS = 300
# A refusal is an answer too.
ANSWERED = (0, 3)


@dataclass
class TimedEncoder:
    """The encoder, and what was asked of it."""

    inner: Encoder
    seconds: float = 0.0
    texts: int = 0
    dim: int = field(init=False)
    model_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.dim, self.model_id = self.inner.dim, self.inner.model_id

    def encode(self, texts: Sequence[str], role: str) -> np.ndarray:
        """See `Encoder`."""
        start = time.perf_counter()
        vectors = self.inner.encode(texts, role)
        self.seconds += time.perf_counter() - start
        self.texts += len(texts)
        return vectors


def command(folder: Path, repeats: int, *arguments: str, fresh: bool = False) -> float:
    """Median seconds of `ptce` with these arguments; `fresh`: each time on a machine that never ran it."""
    times = []
    for number in range(repeats):
        data = folder / (f"fresh-{number}" if fresh else "data")
        times.append(wall([PTCE, *arguments], environment(folder, DATA__DIR=str(data)), ANSWERED)[0])
    return median(times)


def change(corpus: Path, number: int) -> None:
    """One more sentence in the first paragraph of one document, another one each time."""
    original = (bundled_corpus_dir() / CHANGED).read_text(encoding="utf-8")
    head, mark, rest = original.partition(" [^")
    (corpus / CHANGED).write_text(head + ADDED.format(number=number) + mark + rest, encoding="utf-8")


def changed_ingest(folder: Path, repeats: int) -> list[dict]:
    """What `ptce ingest` does after each change of one file of a copy of the corpus: seconds, texts, model's share."""
    corpus = folder / "corpus"
    shutil.copytree(bundled_corpus_dir(), corpus)
    env = environment(folder, CORPUS__PATH=str(corpus), DATA__DIR=str(folder / "changed"))
    wall([PTCE, "ingest"], env)
    done = []
    for number in range(repeats):
        change(corpus, 2 * number)
        seconds, _ = wall([PTCE, "ingest"], env)
        change(corpus, 2 * number + 1)
        done.append({"seconds": seconds} | in_child(__file__, ["--step", "ingest"], env))
    return done


def ingest_step(settings: Settings) -> dict:
    """In process: what the model had to encode, and for how long."""
    encoder = TimedEncoder(open_encoder(settings.embedding))
    start = time.perf_counter()
    build(settings, encoder)
    return {"texts": encoder.texts, "model_s": encoder.seconds, "total_s": time.perf_counter() - start}


def embedding_step(settings: Settings) -> dict:
    """Vectors of some texts of the corpus, none of them known: the model's share of the time."""
    assistant = Assistant(settings)
    texts = [p.text for p in assistant.index.contents.passages][:TEXTS]
    encoder = TimedEncoder(assistant.encoder)
    encoder.encode(texts[:1], "passage")
    encoder.seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        cache = VectorCache(Path(folder) / "vectors.sqlite")
        start = time.perf_counter()
        CachingEncoder(encoder, VectorFile(Path(folder) / "none"), cache).encode(texts, "passage")
        total = time.perf_counter() - start
        cache.close()
    return {"texts": len(texts), "share": encoder.seconds / total, "per_second": len(texts) / total}


def answers_step(settings: Settings) -> dict:
    """Warm answers in process, each against the time of embedding the same question just before."""
    assistant = Assistant(settings)
    lines = EVAL_QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][: ANSWERS + WARM_UP]
    embedding, answering = [], []
    for question in questions:
        start = time.perf_counter()
        encode_query(assistant.encoder, question)
        middle = time.perf_counter()
        assistant.ask(question)
        embedding.append(middle - start)
        answering.append(time.perf_counter() - middle)
    embedding, answering = embedding[WARM_UP:], answering[WARM_UP:]
    return {
        "questions": len(answering),
        "embed_ms": 1000 * median(embedding),
        "answer_ms": 1000 * median(answering),
        "answer_p95_ms": 1000 * percentile(answering, 0.95),
        "ratio": median(a / e for a, e in zip(answering, embedding, strict=True)),
        "memory_mb": memory_mb(),
        "most_mb": memory_mb("VmHWM"),
    }


STEPS = {"ingest": ingest_step, "embedding": embedding_step, "answers": answers_step}


def run(folder: Path, repeats: int) -> None:
    """Measure everything, and print one table."""
    print(f"{machine()}; medians of {repeats} runs; everything below {folder}")
    command(folder, 1, "--help")  # the first import of a new installation also writes byte code
    ask = ("ask", QUESTION)
    fresh = command(folder, max(3, repeats // 2), *ask, fresh=True)
    wall([PTCE, "ingest"], environment(folder, DATA__DIR=str(folder / "data")))
    rows = [
        ("`ptce --help`", "≤ 0.3 s", f"{command(folder, repeats, '--help'):.2f} s"),
        (f"`ptce ask {QUESTION!r}`, index built", "≤ 1.5 s", f"{command(folder, repeats, *ask):.2f} s"),
        ("the same on a fresh machine (empty data folder)", "≤ 10 s", f"{fresh:.1f} s"),
        ("`ptce ingest`, nothing changed", "≤ 1 s", f"{command(folder, repeats, 'ingest'):.2f} s"),
    ]
    rows += _ingest_rows(changed_ingest(folder, max(3, repeats // 2)))
    env = environment(folder, DATA__DIR=str(folder / "data"))
    rows += _embedding_rows(in_child(__file__, ["--step", "embedding"], env))
    rows += _answer_rows(in_child(__file__, ["--step", "answers"], env))
    print_table("Speed", ("what", "target", "measured"), rows)


def _ingest_rows(done: Sequence[dict]) -> list[tuple[str, str, str]]:
    texts = sorted({d["texts"] for d in done})
    seconds, share = median(d["seconds"] for d in done), median(d["model_s"] / d["total_s"] for d in done)
    return [
        (f"`ptce ingest`, one sentence added to {CHANGED}", "–", f"{seconds:.2f} s"),
        ("   texts encoded for it", "that sentence, its passage", " or ".join(map(str, texts))),
        ("   share of the time inside the model", "–", f"{share:.0%}"),
    ]


def _embedding_rows(d: dict) -> list[tuple[str, str, str]]:
    what = f"embedding {d['texts']} unknown passages: share of the time inside the model"
    return [(what, "≥ 90 %", f"{d['share']:.1%} ({d['per_second']:.0f} texts/s)")]


def _answer_rows(d: dict) -> list[tuple[str, str, str]]:
    return [
        (f"warm answer in process, median of {d['questions']} questions", "–", f"{d['answer_ms']:.1f} ms"),
        ("   95th percentile", "–", f"{d['answer_p95_ms']:.1f} ms"),
        ("   embedding the same question, median", "–", f"{d['embed_ms']:.1f} ms"),
        ("   answer / embedding, median of the ratios", "≤ 2", f"{d['ratio']:.2f}"),
        (f"resident memory after {d['questions']} answers", "≤ 400 MB", f"{d['memory_mb']:.0f} MB"),
        ("   at most, until then", "≤ 400 MB", f"{d['most_mb']:.0f} MB"),
    ]


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(STEPS[arguments.step](load_settings())))
        return
    with tempfile.TemporaryDirectory(prefix="ptce-speed-") as folder:
        run(Path(folder), arguments.repeats)


if __name__ == "__main__":
    main()
