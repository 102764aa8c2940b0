"""Limits that models must keep."""

import pytest

from srgan.errors import UsageError
from srgan.evaluation import Gate
from tests.evaluation.rows import row


def test_values_at_the_limit_are_good() -> None:
    rows = [row("net")]
    assert Gate.parse("set14.psnr_y=28.0").failures(rows) == []
    assert Gate.parse("Set14.psnr_y=28.01").failures(rows) == [
        "net on Set14 x4: psnr_y 28 is below 28.01",
    ]


def test_less_is_better_for_some() -> None:
    rows = [row("net", lpips=(0.2, 0.3, 0.1))]
    assert Gate.parse("set14.lpips=0.2001", above=True).failures(rows) == []
    (failure,) = Gate.parse("set14.lpips=0.19", above=True).failures(rows)
    assert failure.endswith("lpips 0.2 is above 0.19")


def test_yardsticks_are_measured_for_comparison_only() -> None:
    rows = [row("bicubic", psnr=(20.0,)), row("net", psnr=(28.0,)), row("other", psnr=(27.0,))]
    assert [failure.split()[0] for failure in Gate.parse("set14.psnr_y=27.5").failures(rows)] == ["other"]
    assert [failure.split()[0] for failure in Gate.parse("net:set14.psnr_y=29").failures(rows)] == ["net"]
    assert len(Gate.parse("set14.psnr_y=27.5").failures(rows[:1])) == 1
    assert len(Gate.parse("a/b:c.onnx:set14.psnr_y=29").failures([row("a/b:c.onnx")])) == 1


def test_what_is_no_number_keeps_no_limit() -> None:
    assert Gate.parse("set14.psnr_y=1").failures([row(psnr=(float("nan"),))])
    assert not Gate.parse("set14.psnr_y=1").failures([row(psnr=(float("inf"),))])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("psnr_y=28", "write it like set14.psnr_y=28.0"),
        ("set14.psnr_y=", "write it like"),
        ("set14.psnr_y=1-2", "1-2 is no number"),
        ("set14.fid=28", "no metric fid; metrics: psnr_y"),
        ("set5.psnr_y=28", "set that was not measured; measured: Set14"),
        ("nets:set14.psnr_y=28", "model that was not measured; measured: net"),
        ("set14.lpips=0.2", "lpips was not measured of net"),
    ],
)
def test_limits_that_mean_nothing_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Gate.parse(text).failures([row("net")])
