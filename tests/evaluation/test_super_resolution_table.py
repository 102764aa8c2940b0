"""Tables of super-resolution."""

import csv
import io
from dataclasses import replace

from srgan.evaluation import super_resolution_csv, super_resolution_table
from tests.evaluation.rows import row


def test_models_side_by_side_with_intervals() -> None:
    rows = [row("net", lpips=(0.1, 0.2, 0.3)), row("bicubic", psnr=(27.0, 29.0, 25.0))]
    blocks = super_resolution_table(rows).split("\n\n")
    assert blocks[0].splitlines() == [
        "| Set14 x4 | PSNR (Y), dB | SSIM (Y) | LPIPS |",
        "| --- | ---: | ---: | ---: |",
        "| net | 28.00 [26.00, 30.00] | 0.7000 [0.6500, 0.7500] | 0.2000 [0.1000, 0.3000] |",
        "| bicubic | 27.00 [25.00, 29.00] | 0.6750 [0.6250, 0.7250] |  |",
    ]
    # The pictures differ by the same in both, which the intervals of the means hide.
    assert blocks[1].splitlines()[2] == "| bicubic | -1.00 [-1.00, -1.00] | -0.0250 [-0.0250, -0.0250] |  |"
    assert blocks[2].startswith("Protocol: 3 pictures of Set14 (pixels 0123456789ab); LR by MATLAB bicubic 1/4, ")
    assert "LPIPS: LPIPS v0.1 AlexNet" in blocks[2]
    assert len(blocks) == 3


def test_sets_stand_one_below_the_other() -> None:
    text = super_resolution_table([row("net"), row("net", dataset="Set5", psnr=(31.0,))], metrics=["psnr_y"])
    assert text.count("Protocol: ") == 2
    assert "| Set5 x4 | PSNR (Y), dB |\n| --- | ---: |\n| net | 31.00 [31.00, 31.00] |" in text
    assert "difference" not in text


def test_every_picture_and_speed() -> None:
    fast = replace(row("net|1"), speed={"megapixels_per_second": 12.345, "peak_rss_mib": 312.6, "cores": 2.0})
    text = super_resolution_table([fast, row("bicubic")], metrics=["psnr_y"], per_picture=True)
    assert "| Set14 x4 | PSNR (Y), dB | MP/s | peak RSS, MiB |" in text
    assert "| net\\|1 | 28.00 [26.00, 30.00] | 12.35 | 313 |" in text
    assert "| bicubic | 28.00 [26.00, 30.00] |  |  |" in text
    assert "| 2.png | net\\|1 | 30.00 |\n| 2.png | bicubic | 30.00 |" in text
    assert text.endswith("in a process of its own; 2 cores.")


def test_csv_has_every_figure_with_its_protocol() -> None:
    rows = [row("net", psnr=(28.0, float("inf"))), row("other", psnr=(1.5, 2.5))]
    lines = [*csv.DictReader(io.StringIO(super_resolution_csv(rows)))]
    assert len(lines) == 2 * 2 * 3  # models, metrics, pictures and the mean
    first, *_ = [line for line in lines if line["model"] == "other" and line["picture"] == ""]
    assert (first["metric"], float(first["value"]), float(first["low"]), first["unit"]) == ("psnr_y", 2.0, 1.5, "dB")
    assert first["protocol"].startswith("2 pictures of Set14")
    assert first["protocol"].endswith("PSNR of Y of BT.601 (16-235), border 4")
    endless = next(line for line in lines if line["model"] == "net" and line["picture"] == "")
    assert (endless["value"], endless["low"]) == ("inf", "")
    assert [line["value"] for line in lines if line["picture"] == "2.png" and line["metric"] == "psnr_y"] == [
        "inf",
        "2.5",
    ]


def test_endless_values_have_no_interval() -> None:
    text = super_resolution_table([row(psnr=(28.0, float("inf"))), row("b", psnr=(28.0, 29.0))], metrics=["psnr_y"])
    assert "| net | inf |" in text
    assert "| b |  |" in text  # no difference from infinity


def test_metrics_that_nobody_has_have_no_column() -> None:
    assert "MS-SSIM" not in super_resolution_table([row()], metrics=["psnr_y", "ms_ssim"])
