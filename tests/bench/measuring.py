"""What the two benchmarks share: percentiles, memory, child processes, and a table of targets and measures."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from knowledge.settings import ENV_PREFIX

PROC_STATUS = Path("/proc/self/status")


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def memory_mb(field: str = "VmRSS") -> float:
    """Resident memory of this process, now (`VmRSS`) or at most so far (`VmHWM`)."""
    line = next(line for line in PROC_STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def environment(home: Path, **settings: str) -> dict[str, str]:
    """An environment where `ptce` reads and writes below `home` only, with these settings and the defaults."""
    ours = {name: value for name, value in os.environ.items() if not name.upper().startswith(ENV_PREFIX)}
    folders = {name: str(home / name) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    return ours | folders | {"HF_HUB_OFFLINE": "1"} | {f"{ENV_PREFIX}{key}": value for key, value in settings.items()}


def wall(command: Sequence[str], env: Mapping[str, str], accepted: Sequence[int] = (0,)) -> tuple[float, str]:
    """(seconds, what it printed) of one run of a command; a code that is not accepted ends the benchmark."""
    start = time.perf_counter()
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in accepted:
        raise SystemExit(f"{' '.join(command)} : code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return seconds, done.stdout


def in_child(script: str, arguments: Sequence[str], env: Mapping[str, str]) -> dict:
    """The JSON object that this script prints when run again, in a process of its own, with `arguments`."""
    _, printed = wall([sys.executable, script, *arguments], env)
    return json.loads(printed.splitlines()[-1])


def median(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Markdown table, aligned for a terminal."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    print(f"\n## {title}\n")
    for row in (head, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


def machine() -> str:
    """Cores and load, without which no time means anything."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"
