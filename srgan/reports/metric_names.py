"""What metrics are called, their units, and which way is better."""

from dataclasses import dataclass

__all__ = ["METRIC_NAMES", "MetricName", "metric_name"]


@dataclass(frozen=True)
class MetricName:
    """One metric; `higher_is_better` is None where that is unknown."""

    label: str
    unit: str = ""
    decimals: int = 4
    higher_is_better: bool | None = None

    @property
    def title(self) -> str:
        """Label and unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def format(self, value: float) -> str:
        """The value with the metric's decimals."""
        return f"{value:.{self.decimals}f}".replace("-", "\N{MINUS SIGN}")


METRIC_NAMES: dict[str, MetricName] = {
    "psnr_y": MetricName("PSNR (Y)", "dB", 2, True),
    "ssim_y": MetricName("SSIM (Y)", "", 4, True),
    "lpips": MetricName("LPIPS", "", 4, False),
    "grid": MetricName("Grid index", "dB", 2, False),
    "consistency": MetricName("Consistency", "dB", 2, True),
    "psnr_rgb": MetricName("PSNR (RGB)", "dB", 2, True),
    "ssim_rgb": MetricName("SSIM (RGB)", "", 4, True),
    "ms_ssim": MetricName("MS-SSIM (Y)", "", 4, True),
    "sharpness": MetricName("Sharpness distance", "", 4, False),
    "kernel_distance": MetricName("Kernel distance", "", 4, False),
}
"""The known metrics, in the order in which they are shown."""


def metric_name(metric: str) -> MetricName:
    """What is known of a metric."""
    return METRIC_NAMES.get(metric, MetricName(metric))
