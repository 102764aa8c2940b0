"""Best and last values of metrics."""

import math

from srgan.reports.metric_summary import summarise
from srgan.reports.run_record import ValidationRecord


def test_best_by_the_metric_s_own_direction() -> None:
    values = [(10, 30.0, 0.2), (20, 31.0, 0.1), (30, 31.0, 0.1), (40, 29.0, math.nan)]
    records = [ValidationRecord(step, {"lpips": lpips, "psnr_y": psnr}) for step, psnr, lpips in values]
    psnr, lpips = summarise(records)
    assert (psnr.title, psnr.best, psnr.last) == ("PSNR (Y), dB", (20, 31.0), (40, 29.0))
    assert (lpips.title, lpips.best, lpips.last) == ("LPIPS", (20, 0.1), (30, 0.1))
    assert (psnr.higher_is_better, lpips.higher_is_better) == (True, False)
    assert psnr.format(-1.239) == "\N{MINUS SIGN}1.24"


def test_unknown_metrics_have_no_best() -> None:
    (metric,) = summarise([ValidationRecord(1, {"novel": 2.0, "psnr_y": math.nan})])
    assert (metric.label, metric.best, metric.last, metric.higher_is_better) == ("novel", None, (1, 2.0), None)
    assert summarise([]) == []
