"""Charts of rows with what others have published."""

from dataclasses import replace

from srgan.evaluation import PUBLISHED, Row, cost_chart, perception_chart, speed_chart
from tests.evaluation.rows import row


def test_perception_against_distortion() -> None:
    chart = perception_chart([row("net", lpips=(0.1, 0.2, 0.3)), row("bicubic")])
    assert chart is not None
    assert "<title>net: 28, 0.2</title>" in chart
    assert "<title>ESRGAN: 26.28, 0.133</title>" in chart
    assert "bicubic" not in chart  # it has no LPIPS
    assert "SeD (Li et al. 2024)" in chart
    assert perception_chart([row("bicubic")]) is None


def test_published_points_are_only_beside_what_was_measured_alike() -> None:
    for other in (
        row("net", lpips=(0.1, 0.2, 0.3), LR="LR as given (pixels ba9876543210)"),
        row("net", lpips=(0.1, 0.2, 0.3), scale=2),
        row("net", lpips=(0.1, 0.2, 0.3), dataset="Mine"),
        row("net", lpips=(0.1, 0.2, 0.3), backbone="LPIPS v0.1 VGG-16"),
    ):
        chart = perception_chart([other])
        assert chart is not None
        assert "ESRGAN" not in chart
        assert "published" not in chart


def test_quality_against_computation() -> None:
    fast = replace(row("net"), speed={"megapixels_per_second": 12.3, "cores": 2.0}, giga_multiply_adds=47.1)
    chart = cost_chart([fast, row("bicubic", psnr=(26.0,))])
    assert chart is not None
    assert "<title>net (12.3 MP/s): 47.1, 28</title>" in chart
    assert "<title>SAFMN: 14, 28.6</title>" in chart
    assert "bicubic 26.00" in chart
    assert "SAFMN (Sun et al. 2023)" in chart
    assert cost_chart([row("net")]) is None


def test_an_earlier_report_keeps_its_place_in_the_charts() -> None:
    """What was measured before, for instance a model of others, has its cost and speed with it."""
    before = replace(row("theirs"), speed={"megapixels_per_second": 0.4, "cores": 2.0}, giga_multiply_adds=1033.0)
    again = Row.from_dict(before.as_dict(per_picture=True))
    assert again == before
    chart = cost_chart([replace(row("net"), giga_multiply_adds=47.1), again])
    assert chart is not None
    assert "<title>theirs (0.4 MP/s): 1033, 28</title>" in chart
    assert "giga_multiply_adds" not in row("net").as_dict()


def test_quality_against_speed_has_only_what_was_measured_here() -> None:
    rows = [
        replace(row(name), speed={"megapixels_per_second": speed, "cores": 2.0})
        for name, speed in (("net", 12.0), ("bicubic", 40.0))
    ]
    chart = speed_chart(rows)
    assert chart is not None
    assert "<title>bicubic: 40, 28</title>" in chart
    assert "SAFMN" not in chart
    assert "Measured on 2 cores." in chart
    assert speed_chart([row()]) is None


def test_published_figures_are_plausible() -> None:
    """A slip of the pen would stand out: every network beats bicubic, and no figure stands twice."""
    bicubic = {"Set5": 28.42, "Set14": 26.00, "B100": 25.96, "Urban100": 23.14, "DIV2K": 26.66, "Manga109": 24.9}
    assert all(bicubic[found.dataset] < found.psnr_y < bicubic[found.dataset] + 7 for found in PUBLISHED)
    keys = [(found.model, found.dataset) for found in PUBLISHED]
    assert len({*keys}) == len(keys)
    assert all((found.lpips is None) != (found.giga_multiply_adds is None) for found in PUBLISHED)
    assert all(found.source for found in PUBLISHED)
