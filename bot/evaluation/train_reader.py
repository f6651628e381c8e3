"""`python -m bot.evaluation.train_reader`: teach the second reader again, and write it with its report.

About three hours and a half on two cores; needs the extra `train`. The first reader learnt from half of these
questions, by an earlier state of this program, and stays as it is: taught anew, it ordered sections less well.
`--check`: do both still read as their reports say?
"""

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter
from rich.console import Console

from bot.evaluation.invented import later_rounds
from bot.evaluation.lessons import SEED, Asked, Lesson, asked_questions, lessons, material_digest
from bot.evaluation.shortened import second_round
from bot.indexing import ensure_index, progress_report
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.contents import Contents
from knowledge.index import unanswerable_questions
from knowledge.reader import CARD, FOLDER, SECOND, CrossEncoder, read_text

# What `--check` reads again, and how far its measure may be from the recorded one (another processor rounds otherwise).
SAMPLE = 300
TOLERANCE = 0.03


@dataclass(frozen=True, slots=True)
class Report:
    """What the reader learnt from, and how well it tells right pairs from each kind of wrong ones, held-out documents.

    `auroc`: area under the ROC curve over `all` held-out lessons on the corpus, by kind, over those of the `invented`
    passages and of `contrast`, and over `sample`: those that `--check` reads again (question, section, whether it
    answers).
    """

    material: str
    learnt: int
    held_out: int
    auroc: dict[str, float]
    sample: tuple[tuple[str, str, bool], ...]


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    console = Console(stderr=True)
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, console)
    contents = assistant.index.contents
    if "--check" in arguments:
        return _check(contents)
    with progress_report(console) as report:
        asked = list(asked_questions(assistant, lambda done, total: report("Questions", done, total)))
    _train(contents, asked, console)
    return 0


def _train(contents: Contents, asked: Sequence[Asked], console: Console) -> None:
    from bot.evaluation.reader_export import export
    from bot.evaluation.reader_training import train
    from knowledge.export import export_model

    dice = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    first = lessons(contents, asked, dice)
    second = second_round(first, dice)
    rounds = [first, second, *later_rounds(contents, second, dice)]
    taught = [[lesson for lesson in made if not lesson.held_out] for made in rounds]
    with tempfile.TemporaryDirectory() as workshop, progress_report(console) as report:
        base = Path(workshop) / "e5"
        export_model(base)
        encoder, head = train(base, taught, dice, lambda step, steps, _: report("Apprentissage", step, steps))
        texts = [read_text(contents, s) for s in contents.sections] + [q for _, q in contents.questions]
        export(encoder, head, base / "tokenizer.json", [*texts, *unanswerable_questions()], SECOND)
    card = report_on(contents, rounds)
    (SECOND / CARD).write_text(json.dumps(asdict(card), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print(f"Lecteur écrit dans {SECOND} : {card.auroc}", markup=False)


def report_on(contents: Contents, rounds: Sequence[Sequence[Lesson]]) -> Report:
    """How the second reader does on what it did not learn from: of the second round what is new, of the later apart."""
    first, second, third, fourth, fifth = ([lesson for lesson in made if lesson.held_out] for made in rounds)
    held_out = [*first, *(lesson for lesson in second if lesson.kind == "cut")]
    invented = [*third, *(lesson for lesson in fourth if lesson.kind != "claim")]
    reader = CrossEncoder(SECOND)
    scores = {lesson: reader.log_odds(lesson.question, [lesson.text])[0] for lesson in (*held_out, *invented, *fifth)}
    some = sample(first)
    parts = {"all": held_out, "sample": some, "invented": invented, "contrast": fifth}
    for kind in sorted({lesson.kind for lesson in held_out if not lesson.right}):
        parts[kind] = [lesson for lesson in held_out if lesson.right or lesson.kind == kind]
    areas = {name: area([x.right for x in part], [scores[x] for x in part]) for name, part in parts.items()}
    # What `--check` reads again are whole sections.
    kept = tuple((lesson.question, lesson.section, lesson.right) for lesson in some)
    learnt = sum(not lesson.held_out for made in rounds for lesson in made)
    return Report(material_digest(contents), learnt, len(scores), areas, kept)


def sample(held_out: Sequence[Lesson]) -> list[Lesson]:
    """The same few lessons each time."""
    return random.Random(SEED).sample(list(held_out), min(SAMPLE, len(held_out)))  # noqa: S311 - a sample


def area(right: Sequence[bool], scores: Sequence[float]) -> float:
    """Area under the ROC curve, to four places."""
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(right, scores)), 4)


def _check(contents: Contents) -> int:
    return max(_check_one(contents, folder) for folder in (FOLDER, SECOND))


def _check_one(contents: Contents, folder: Path) -> int:
    card = TypeAdapter(Report).validate_json((folder / CARD).read_bytes())
    # The first reader is known to have learnt from other questions.
    if folder == SECOND and card.material != material_digest(contents):
        print(f"Le corpus ou les questions ont changé depuis l'apprentissage de {folder.name}.", file=sys.stderr)
    reader = CrossEncoder(folder)
    known = [pair for pair in card.sample if pair[1] in contents.sections]
    scores = [reader.log_odds(question, [read_text(contents, section)])[0] for question, section, _ in known]
    found, noted = area([right for *_, right in known], scores), card.auroc["sample"]
    print(f"{folder.name} : aire sous la courbe {found} sur {len(known)} paires jamais apprises ({noted} notée).")
    return 0 if found >= noted - TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
