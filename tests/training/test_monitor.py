"""What a person reads while a training runs."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from srgan.training.monitor import Monitor


@pytest.mark.parametrize(("left", "eta"), [(None, "0:16:30"), (90.0, "0:01:30"), (7200.0, "0:16:30")])
def test_the_clock_that_ends_a_training_counts(
    left: float | None, eta: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """10 steps of a second each, and 990 to go, unless there is less time."""
    times = iter([0.0, 10.0, 10.0])
    monkeypatch.setattr("srgan.training.monitor.time", SimpleNamespace(perf_counter=lambda: next(times)))
    monitor = Monitor(tmp_path, steps=1000, start=0)
    monitor.report(10, {"l1": 0.5}, {}, {"generator": 1e-3}, left=left)
    monitor.close()
    assert capsys.readouterr().err == f"step 10/1000  l1 0.5  lr 0.001  1.00 steps/s  data wait 0 %  ETA {eta}\n"
