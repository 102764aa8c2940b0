"""The table of what `--strength` trades has the figures of both ends."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.strength import main


def test_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Distance:
        def __call__(self, fake: Any, real: Any) -> float:  # noqa: ANN401
            return float(np.abs(fake.astype(float) - real).mean())

    monkeypatch.setattr("benchmarks.strength.LpipsMetric", Distance)
    (tmp_path / "Set/HR").mkdir(parents=True)
    Image.effect_mandelbrot((64, 48), (-2, -1, 1, 1), 50).convert("RGB").save(tmp_path / "Set/HR/a.png")
    assert main(["--hr", str(tmp_path / "Set/HR"), "-m", "x4"]) == 0
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head == "| strength | Set, PSNR | Set, LPIPS |"
    assert [row.split()[1] for row in rows] == ["0", "0.25", "0.5", "0.75", "1"]
    assert main(["--hr", str(tmp_path / "Set/HR"), "-m", "x4-fidelity"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split("|")[2:] == rows[0].split("|")[2:], "the faithful model"
