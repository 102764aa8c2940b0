"""Running a command and measuring the whole of it: time from start to exit, processor time, memory of all processes."""

import os
import resource
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
    """

    wall: float
    busy: float
    peak: float
    said: str


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = perf_counter()
    child = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ended, peaks = threading.Event(), [0]
    watcher = threading.Thread(target=_watch, args=(child.pid, ended, peaks))
    watcher.start()
    said, complaints = child.communicate()
    wall = perf_counter() - began
    ended.set()
    watcher.join()
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed with {child.returncode}: {complaints[-1500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, busy, peaks[0] / 2**20, said)


def _watch(root: int, ended: threading.Event, peaks: list[int]) -> None:
    while not ended.wait(_EVERY):
        peaks[0] = max(peaks[0], sum(_resident(process) for process in _tree(root)))


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
