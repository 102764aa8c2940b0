"""On a real Ray cluster of this machine: the same bytes as here, also when a worker is killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.pictures import digests

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc"),
]


def test_a_worker_is_killed(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.batch.ray_kill_test", "--kills", "1", "--pictures", "16"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "a worker died" in done.stdout
    assert done.stdout.endswith("1 kills, 16 pictures: ok\n")


def test_pictures_of_texts(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "texts.jsonl").write_text('{"caption": "a red heart", "count": 2}\n{"caption": "a dog"}\n{"seed": 1}\n')
    for runner in ("local", "ray"):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.generate", str(tmp_path / "texts.jsonl"), str(tmp_path / runner),
             "--runner", runner, "--report", str(tmp_path / f"{runner}.ndjson")],
            env={**environment, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 3, done.stderr
        assert "3 done, 0 already there, 1 failed" in done.stderr
        rows = [json.loads(line) for line in (tmp_path / f"{runner}.ndjson").read_text().splitlines()]
        assert sorted(row["status"] for row in rows) == ["done"] * 3 + ["failed"]
    assert len(digests(tmp_path / "ray")) == 3
    assert digests(tmp_path / "ray") == digests(tmp_path / "local")
