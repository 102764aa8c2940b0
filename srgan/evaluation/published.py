"""Figures that others have published, to stand beside one's own."""

from dataclasses import dataclass

__all__ = ["PUBLISHED", "Published"]

_SAFMN = "table of efficient networks in the repository of SAFMN (Sun et al. 2023), figs/efficient_sr.png"
_CATANET = "tables of RFDN, RLFN and CATANet, second hand"
_SED = "table of generative networks in the repository of SeD (Li et al. 2024), figs/classicalsr.png"


@dataclass(frozen=True)
class Published:
    """One model on one set at x4, MATLAB's bicubic, PSNR of Y; as published, not measured here.

    Attributes:
        model: its name.
        dataset: name of the set.
        psnr_y: in dB.
        lpips: AlexNet's, where it was published.
        giga_multiply_adds: for an output of 1280x720, where they were published.
        source: where the figures stand.
    """

    model: str
    dataset: str
    psnr_y: float
    source: str
    lpips: float | None = None
    giga_multiply_adds: float | None = None


# model: (billions of multiplications and additions at 1280x720; PSNR on Set5, Set14, B100, Urban100)
_EFFICIENT: dict[str, tuple[str, float, tuple[float, float, float, float]]] = {
    "SRCNN": (_SAFMN, 53, (30.48, 27.49, 26.90, 24.52)),
    "FSRCNN": (_SAFMN, 5, (30.71, 27.59, 26.98, 24.62)),
    "ESPCN": (_SAFMN, 1, (30.52, 27.42, 26.87, 24.39)),
    "VDSR": (_SAFMN, 613, (31.35, 28.01, 27.29, 25.18)),
    "LapSRN": (_SAFMN, 149, (31.54, 28.19, 27.32, 25.21)),
    "CARN-M": (_SAFMN, 33, (31.92, 28.42, 27.44, 25.62)),
    "EDSR-baseline": (_SAFMN, 114, (32.09, 28.58, 27.57, 26.04)),
    "IMDN": (_SAFMN, 41, (32.21, 28.58, 27.56, 26.04)),
    "PAN": (_SAFMN, 28, (32.13, 28.61, 27.59, 26.11)),
    "RFDN": (_CATANET, 24, (32.24, 28.61, 27.57, 26.11)),
    "RLFN": (_CATANET, 30, (32.24, 28.62, 27.60, 26.17)),
    "ECBSR-M16C64": (_SAFMN, 35, (31.92, 28.34, 27.48, 25.81)),
    "ShuffleMixer": (_SAFMN, 28, (32.21, 28.66, 27.61, 26.08)),
    "SAFMN": (_SAFMN, 14, (32.18, 28.60, 27.58, 25.97)),
    "SwinIR-light": (_CATANET, 64, (32.44, 28.77, 27.69, 26.47)),
}

# model: (LPIPS, PSNR) on Set5, Set14, DIV2K, Urban100, Manga109
_GENERATIVE: dict[str, tuple[tuple[float, float], ...]] = {
    "ESRGAN": ((0.076, 30.44), (0.133, 26.28), (0.115, 28.20), (0.123, 24.37), (0.065, 28.41)),
    "USRGAN": ((0.079, 30.91), (0.143, 27.15), (0.132, 28.77), (0.133, 24.89), (0.063, 28.75)),
    "RRDB+LDL": ((0.069, 31.03), (0.121, 26.94), (0.101, 28.95), (0.110, 25.50), (0.055, 29.41)),
    "RRDB+DualFormer": ((0.068, 31.40), (0.121, 27.53), (0.103, 29.30), (0.115, 25.73), (0.053, 29.90)),
    "RRDB+PatchGAN": ((0.070, 30.67), (0.130, 26.92), (0.111, 28.71), (0.120, 24.86), (0.058, 28.60)),
    "RRDB+P+SeD": ((0.064, 31.22), (0.117, 27.37), (0.094, 29.27), (0.106, 25.93), (0.048, 29.99)),
    "RRDB+U+SeD": ((0.069, 31.73), (0.123, 27.94), (0.102, 29.85), (0.112, 26.20), (0.047, 30.46)),
    "SwinIR+P+SeD": ((0.061, 31.44), (0.115, 27.53), (0.090, 29.53), (0.097, 26.45), (0.044, 30.48)),
}

PUBLISHED: tuple[Published, ...] = (
    *(
        Published(model, dataset, psnr, source, giga_multiply_adds=cost)
        for model, (source, cost, figures) in _EFFICIENT.items()
        for dataset, psnr in zip(("Set5", "Set14", "B100", "Urban100"), figures, strict=True)
    ),
    *(
        Published(model, dataset, psnr, _SED, lpips=lpips)
        for model, figures in _GENERATIVE.items()
        for dataset, (lpips, psnr) in zip(("Set5", "Set14", "DIV2K", "Urban100", "Manga109"), figures, strict=True)
    ),
)
"""All at x4."""
