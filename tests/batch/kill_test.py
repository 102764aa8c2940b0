"""Kill a job at random moments until it is done; the outputs must equal those of an unbroken run.

    python -m tests.batch.kill_test --kills 20 --pictures 40

Exit code 0 when no output was ever corrupt, nothing was left over, and the union equals the unbroken run.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from tests.batch.pictures import digests, leftovers, make_model, make_pictures
from tests.batch.program import program

REPOSITORY = Path(__file__).parents[2]


def command(imgs: Path, out: Path, model: Path, *options: str) -> list[str]:
    """The command line of the job."""
    return [sys.executable, "-m", "srgan", "upscale", str(imgs), "-o", str(out), "-m", str(model), *options]


def job_environment() -> dict[str, str]:
    """Of the job: this checkout, one thread."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def broken(out: Path) -> list[Path]:
    """Outputs that cannot be read to the end."""
    bad = []
    for name in digests(out):
        try:
            with Image.open(out / name) as image:
                image.load()
        except (OSError, SyntaxError):
            bad.append(out / name)
    return bad


def kill_and_resume(imgs: Path, out: Path, model: Path, *, kills: int, seed: int = 0) -> list[str]:
    """Kill the job `kills` times (more outputs are removed when it was faster), then let it end; returns complaints."""
    rng = random.Random(seed)
    complaints = []
    span = 0.5
    for number in range(kills):
        job = subprocess.Popen(
            command(imgs, out, model, "--overwrite") if number == 0 else command(imgs, out, model),
            env=job_environment(),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        began = time.monotonic()
        # From its first output on: before that there is nothing to destroy.
        before = len(digests(out)) if out.exists() else 0
        while job.poll() is None and time.monotonic() - began < 60 and len(digests(out)) == before:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, span))
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        complaints += [f"kill {number}: {path} is corrupt" for path in broken(out)]
        finished = sorted(digests(out))
        if len(finished) > len(digests(imgs)) // 2:
            span *= 0.7
            for name in rng.sample(finished, len(finished) // 2):
                (out / name).unlink()
    done = subprocess.run(command(imgs, out, model), env=job_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaints.append(f"the last run ended with {done.returncode}: {done.stderr}")
    return complaints + [f"left over: {path}" for path in leftovers(out)]


def check(folder: Path, *, kills: int, pictures: int, seed: int) -> list[str]:
    """An unbroken run and a killed one; returns complaints."""
    names = tuple(f"{n % 4}/{n:03}.{('png', 'jpg', 'webp', 'tif')[n % 4]}" for n in range(pictures))
    imgs = make_pictures(folder / "imgs", names, side=96)
    model = make_model(folder / "tiny.onnx")
    subprocess.run(command(imgs, folder / "whole", model), env=job_environment(), check=True, capture_output=True)
    complaints = kill_and_resume(imgs, folder / "killed", model, kills=kills, seed=seed)
    if digests(folder / "killed") != digests(folder / "whole"):
        complaints.append("the union of the killed runs differs from the unbroken run")
    return complaints


if __name__ == "__main__":
    sys.exit(program(__doc__ or "", check, kills=20, pictures=40, seed=0))
