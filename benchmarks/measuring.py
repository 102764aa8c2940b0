"""Running a command and measuring the whole of it: time from start to exit, processor time, memory of all processes."""

import os
import resource
import statistics
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

__all__ = ["Cost", "measure"]

_EVERY = 0.02


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        wall: seconds from its start to its end.
        busy: processor seconds of it and its children.
        peak: most megabytes (2^20) that its processes held at one moment, shared pages counted in each of them.
        said: its standard output.
        growth: megabytes by which they grew over the whole run, by the trend of the middle of it (without its first
            and its last fifth).
    """

    wall: float
    busy: float
    peak: float
    said: str
    growth: float = 0.0


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = perf_counter()
    child = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ended = threading.Event()
    seen: list[tuple[float, int]] = []
    watcher = threading.Thread(target=_watch, args=(child.pid, ended, seen))
    watcher.start()
    said, complaints = child.communicate()
    wall = perf_counter() - began
    ended.set()
    watcher.join()
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed with {child.returncode}: {complaints[-1500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, busy, max(held for _, held in seen) / 2**20, said, _growth(seen))


def _watch(root: int, ended: threading.Event, seen: list[tuple[float, int]]) -> None:
    began = perf_counter()
    while True:
        seen.append((perf_counter() - began, sum(_resident(process) for process in _tree(root))))
        if ended.wait(_EVERY):
            return


def _growth(seen: list[tuple[float, int]]) -> float:
    whole = seen[-1][0]
    middle = [(moment, held / 2**20) for moment, held in seen if 0.2 * whole <= moment <= 0.8 * whole]
    if len(middle) < 3:
        return 0.0
    return statistics.linear_regression(*zip(*middle, strict=True)).slope * whole


def _tree(root: int) -> list[int]:
    """A process and all that come from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The name in brackets may hold anything, also brackets.
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += [child for child, parent in parents.items() if parent == found[-1]]
    return found


def _resident(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
