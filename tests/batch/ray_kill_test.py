"""Kill workers of a Ray cluster while they work; the outputs must equal those of the local runner, each there once.

    python -m tests.batch.ray_kill_test --kills 10 --pictures 60

Exit code 0 when every file was reported once and is equal, and nothing was left over.
"""

import contextlib
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from srgan.batch import Cluster, Job, ModelChoice, Result, run, run_on_ray
from tests.batch.pictures import digests, leftovers, make_model, make_pictures
from tests.batch.program import program


def workers() -> list[int]:
    """Processes of the cluster's workers that hold a model."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdecimal() and (folder / "cmdline").read_bytes().startswith(b"ray::_Bench"):
                found.append(int(folder.name))
    return sorted(found)


class Killer(threading.Thread):
    """Kills a worker, waits for more outputs, kills the next one ..."""

    def __init__(self, out: Path, kills: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.done = 0
        self._out, self._kills, self._rng = out, kills, random.Random(seed)
        self.over = threading.Event()

    def run(self) -> None:
        """Until all kills are done, or the job is."""
        seen = 0
        while self.done < self._kills and not self.over.wait(0.01):
            if self._made() <= seen:
                continue
            time.sleep(self._rng.uniform(0, 0.2))
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(self._rng.choice(workers()), signal.SIGKILL)
                self.done += 1
                seen = self._made()

    def _made(self) -> int:
        return len(digests(self._out)) if self._out.exists() else 0


def check(folder: Path, *, kills: int, pictures: int, seed: int) -> list[str]:
    """Run the job here and on a cluster; returns complaints."""
    names = tuple(f"{n % 4}/{n:03}.{('png', 'jpg', 'webp', 'tif')[n % 4]}" for n in range(pictures))
    imgs, choice = make_pictures(folder / "imgs", names, side=150), ModelChoice("upscale", "x4-fidelity")
    if not kills:
        choice = ModelChoice("upscale", str(make_model(folder / "tiny.onnx")))
    # As many threads as a worker has: the last bit of a sum may depend on their number.
    os.environ["OMP_NUM_THREADS"] = "1"
    run(Job((imgs,), folder / "local"), choice.load())
    killer, results, said = Killer(folder / "spread", kills, seed), list[Result](), list[str]()
    killer.start()
    job = Job((imgs,), folder / "spread")
    summary = run_on_ray(job, choice, Cluster("local", workers=2), on_result=results.append, say=said.append)
    killer.over.set()
    killer.join()
    again = run(job, choice.load())
    complaints = [] if killer.done == kills else [f"the job was done after {killer.done} kills: more pictures"]
    complaints += [f"not right: {result}" for result in results if result.status != "done" and result.code != "exists"]
    if summary.exit_code or sorted(result.path for result in results) != sorted(imgs / name for name in names):
        complaints.append(f"not every file was reported once: {summary}")
    if digests(folder / "spread") != digests(folder / "local"):
        complaints.append("the outputs differ from those of the local runner")
    if again.already != pictures:
        complaints.append(f"the journal does not tell of all outputs: {again}")
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return complaints + [f"left over: {path}" for path in leftovers(folder / "spread")]


if __name__ == "__main__":
    sys.exit(program(__doc__ or "", check, kills=10, pictures=60, seed=0))
