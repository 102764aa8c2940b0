"""Disks that are full or fail, kills at every synchronisation, few descriptors, two runs at once: nothing is corrupt.

    python -m tests.batch.fault_test --pictures 3 --sizes 20 --files 5000

Calls to the system are made to fail by strace; the full disk is a small tmpfs where one can be mounted (by root), else
a limit on the size of files. Exit code 0 when no output was ever corrupt or lost and every exit code was right.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.batch.kill_test import broken, command, job_environment
from tests.batch.pictures import digests, leftovers, make_model, make_pictures
from tests.batch.program import program

CALLS = ("rename", "fsync", "fdatasync")
ERRORS = ("EIO", "ENOSPC", "EDQUOT")
_NEW = ("-m", "bicubic", "-s", "2")


def can_trace() -> bool:
    """Whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


def upscale(imgs: Path, out: Path, *options: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the command, perhaps inside another one."""
    line = [*before, sys.executable, "-m", "srgan", "upscale", str(imgs), "-o", str(out), *options]
    return subprocess.run(line, env=job_environment(), capture_output=True, text=True, check=False)


def limited(limits: str, imgs: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process whose limits a line of Python sets before."""
    code = f"import resource as r, signal as s; {limits}; from srgan.cli import main; main()"
    line = [sys.executable, "-c", code, "upscale", str(imgs), "-o", str(out), *options]
    return subprocess.run(line, env=job_environment(), capture_output=True, text=True, check=False)


def injected(imgs: Path, old: Path, whole: dict[str, str], call: str, fault: str, number: int) -> list[str] | None:
    """Fail the `number`-th such call of a run that replaces other outputs; complaints, or None when there are less."""
    before = digests(old)
    with tempfile.TemporaryDirectory() as name:
        out, trace = Path(name, "out"), Path(name, "trace")
        shutil.copytree(old, out)
        inject = f"{call}:{'signal=SIGKILL' if fault == 'SIGKILL' else f'error={fault}'}:when={number}"
        strace = ("strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", f"inject={inject}")
        done = upscale(imgs, out, *_NEW, "--overwrite", before=strace)
        told = trace.read_text(errors="replace")
        if ("killed by SIGKILL" if fault == "SIGKILL" else "(INJECTED)") not in told:
            return None
        where = f"{fault} at {call} {number}"
        complaints = [f"{where}: {path.name} is corrupt" for path in broken(out)]
        complaints += [
            f"{where}: {name} is neither the earlier nor the new output"
            for name, digest in digests(out).items()
            if digest not in (before[name], whole[name])
        ]
        # A journal that cannot be written is no reason to stop: the job goes on without.
        if fault != "SIGKILL" and (done.returncode not in ((0,) if call == "fdatasync" else (5,))):
            complaints.append(f"{where}: exit code {done.returncode}: {done.stderr}")
        if "Traceback" in done.stderr:
            complaints.append(f"{where}: {done.stderr}")
        return complaints + _continued(imgs, out, whole, where)


def _continued(imgs: Path, out: Path, whole: dict[str, str], where: str) -> list[str]:
    """Complaints about the run that does the rest."""
    again = upscale(imgs, out, *_NEW)
    complaints = (
        [] if again.returncode == 0 else [f"{where}: the next run ends with {again.returncode}: {again.stderr}"]
    )
    if digests(out) != whole:
        complaints.append(f"{where}: the outputs of the next run are not all there")
    return complaints + [f"{where}: left over: {path.name}" for path in leftovers(out)]


def failing_calls(folder: Path, *, pictures: int) -> list[str]:
    """Kill, and fail, at each synchronisation and renaming of a run."""
    imgs = make_pictures(folder / "imgs", tuple(f"{number}.png" for number in range(pictures)))
    upscale(imgs, folder / "old", "-m", str(make_model(folder / "tiny.onnx")))
    upscale(imgs, folder / "whole", *_NEW)
    whole = digests(folder / "whole")
    complaints: list[str] = []
    for call, fault in itertools.product(CALLS, ("SIGKILL", *ERRORS)):
        for number in itertools.count(1):
            found = injected(imgs, folder / "old", whole, call, fault, number)
            if found is None:
                break
            complaints += found
        if number == 1:
            complaints.append(f"no {call} was found")
    return complaints


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A file system of so many bytes at `folder`, where one can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def full_disk(folder: Path, *, sizes: int) -> list[str]:
    """A disk that is full at different moments; complaints."""
    imgs = folder / "noise"
    imgs.mkdir()
    random = np.random.default_rng(0)
    for number in range(6):  # outputs of 300 KB to 1.6 MB
        side = 200 + 50 * number
        Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8)).save(imgs / f"{number}.png")
    upscale(imgs, folder / "full", *_NEW)
    whole, complaints = digests(folder / "full"), []
    total = sum(path.stat().st_size for path in (folder / "full").iterdir())
    largest = max(path.stat().st_size for path in (folder / "full").iterdir())
    for number in range(sizes):
        where, disk = f"full disk {number}", folder / f"disk{number}"
        with small_disk(disk, 65536 + total * number // sizes // 4096 * 4096) as mounted:
            out = disk / "out"
            if mounted:
                done = upscale(imgs, out, *_NEW)
            else:
                size = 30_000 + (largest - 30_000) * number // sizes
                limit = f"s.signal(s.SIGXFSZ, s.SIG_IGN); r.setrlimit(r.RLIMIT_FSIZE, ({size},) * 2)"
                done = limited(limit, imgs, out, *_NEW)
            if done.returncode != 5 or "Traceback" in done.stderr:
                complaints.append(f"{where}: exit code {done.returncode}: {done.stderr}")
            there = digests(out) if out.exists() else {}
            complaints += [f"{where}: {name} is corrupt" for name in there if there[name] != whole[name]]
            complaints += [f"{where}: left over: {path}" for path in (leftovers(out) if out.exists() else [])]
            if mounted:
                subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            complaints += _continued(imgs, out, whole, where)
    return complaints


def few_descriptors(folder: Path, *, files: int) -> list[str]:
    """So many files, and 64 descriptors."""
    imgs, out = folder / "many", folder / "many_out"
    imgs.mkdir()
    Image.fromarray(np.full((4, 4, 3), 90, np.uint8)).save(folder / "one.png")
    for number in range(files):
        shutil.copy(folder / "one.png", imgs / f"{number:05}.png")
    done = limited(
        "r.setrlimit(r.RLIMIT_NOFILE, (64, 64))", imgs, out, "-m", str(make_model(folder / "few.onnx")), "-j2"
    )
    if done.returncode != 0 or len(set(digests(out).values())) != 1 or len(digests(out)) != files:
        return [f"64 descriptors: exit code {done.returncode}, {len(digests(out))} of {files}: {done.stderr[-2000:]}"]
    return [f"64 descriptors: left over: {path}" for path in leftovers(out)]


def two_at_once(folder: Path, *, runs: int = 3) -> list[str]:
    """Several runs that begin at the same moment, in the same output: one works, the others say so."""
    imgs = make_pictures(folder / "both", tuple(f"{number}.png" for number in range(12)), side=300)
    model, out = make_model(folder / "both.onnx"), folder / "both_out"
    subprocess.run(command(imgs, folder / "alone", model), env=job_environment(), check=True, capture_output=True)
    jobs = [
        subprocess.Popen(
            command(imgs, out, model),
            env=job_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(runs)
    ]
    said = [job.communicate()[1] for job in jobs]
    codes = sorted(job.returncode for job in jobs)
    complaints = []
    # One that came when the first had ended already finds everything done.
    if codes[0] != 0 or not set(codes) <= {0, 5} or 5 not in codes:
        complaints.append(f"two runs at once: exit codes {codes}: {said}")
    if not all("another run (process" in words for words, job in zip(said, jobs, strict=True) if job.returncode == 5):
        complaints.append(f"two runs at once: {said}")
    if digests(out) != digests(folder / "alone"):
        complaints.append("two runs at once: the outputs differ from those of one")
    return complaints + [f"two runs at once: left over: {path}" for path in leftovers(out)]


def check(folder: Path, *, pictures: int, sizes: int, files: int) -> list[str]:
    """All of it; returns complaints."""
    complaints = two_at_once(folder)
    complaints += failing_calls(folder, pictures=pictures) if can_trace() else ["strace is not there, or may not trace"]
    return complaints + full_disk(folder, sizes=sizes) + few_descriptors(folder, files=files)


if __name__ == "__main__":
    sys.exit(program(__doc__ or "", check, pictures=3, sizes=20, files=5000))
