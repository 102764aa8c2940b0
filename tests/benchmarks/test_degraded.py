"""The table over kinds of wear."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import degraded
from srgan.data.degraded_files import degradation_table
from srgan.evaluation import lanczos
from srgan.images import imresize


class Difference:
    """Instead of LPIPS, which needs weights."""

    protocol = "mean difference"

    def __call__(self, fake: np.ndarray, real: np.ndarray) -> float:
        return float(np.abs(fake.astype(float) - real).mean() / 255)


def test_every_kind_of_wear_is_a_degradation() -> None:
    for text in degraded.CASES.values():
        degradation_table(text)


def test_wear_costs_fidelity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    high = tmp_path / "Mine" / "HR"
    high.mkdir(parents=True)
    soft = imresize(np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8), size=(96, 96))
    Image.fromarray(soft).save(high / "a.png")
    monkeypatch.setattr(degraded, "LpipsMetric", Difference)
    rows = {case: degraded.measured([lanczos()], high, case) for case in degraded.CASES}
    psnr = {case: own[0].psnr_y for case, own in rows.items()}
    assert psnr["bicubic"] > psnr["JPEG 90"] > psnr["JPEG 75"]
    assert psnr["bicubic"] > psnr["noise 2"]
    text = degraded.table("Mine", rows)
    assert text.splitlines()[0] == f"| Mine x4, PSNR (dB) / LPIPS | {' | '.join(degraded.CASES)} |"
    assert text.splitlines()[2].startswith(f"| `lanczos` | {psnr['bicubic']:.2f} / {rows['bicubic'][0].lpips:.3f} |")
