"""Building the index from the command line: progress on stderr, and a fresh machine that indexes itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.messages import STALE_INDEX
from ingest.build import Outcome, Report, build, is_fresh
from knowledge.embeddings import Encoder
from knowledge.errors import PtceError
from knowledge.generation import current_name
from knowledge.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


def build_with_progress(settings: Settings, encoder: Encoder, console: "Console") -> Outcome:
    """`ingest`, with a progress bar on `console`."""
    with progress_report(console) as report:
        return build(settings, encoder, report)


def ensure_index(settings: Settings, encoder: Encoder, console: "Console") -> None:
    """Build the index when the corpus changed; when that fails, an older index goes on answering."""
    if is_fresh(settings, encoder.model_id):
        return
    try:
        build_with_progress(settings, encoder, console)
    except PtceError as error:
        if current_name(settings.index_dir) is None:
            raise
        console.print(f"{STALE_INDEX}\n{error}", style="yellow", markup=False, highlight=False)


@contextmanager
def progress_report(console: "Console") -> Iterator[Report]:
    """A `Report` that draws a bar; nothing is drawn where `console` is not a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Index", total=None)
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total or None)
