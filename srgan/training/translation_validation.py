"""Measuring a translation against the true pictures during a training."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data import load_translation
from srgan.data.backgrounds import known_colours, laid_on
from srgan.metrics import LpipsMetric, luma, psnr, ssim
from srgan.tasks import TranslationModel
from srgan.training.translation_sections import TranslationValidationSection, listed_pairs
from srgan.training.validation import ValidationResult, enlarge

__all__ = ["TranslationValidation"]

_SHOWN_SIDE = 256


class TranslationValidation:
    """PSNR of RGB, SSIM of luma (BT.601), 8-bit output; LPIPS of whole pictures.

    Args:
        section: the run file's table.
        seed: of the backgrounds and the latent vectors: every validation sees the same.
    """

    def __init__(self, section: TranslationValidationSection, *, seed: int = 0) -> None:
        pairs = listed_pairs(section, key="validation")[: section.limit]
        store = load_translation(pairs, load=section.load, smallest=1, key="validation")
        colours = known_colours(section.background, len(pairs), seed=seed)
        self._names = [pair.source.stem for pair in pairs]
        self._pictures = [
            tuple(laid_on(picture[None], colour)[0] for picture in both)
            for *both, colour in zip(store.sources, store.targets, colours, strict=True)
        ]
        self._section, self._seed = section, seed
        self._lpips = LpipsMetric() if section.lpips else None

    @property
    def protocol(self) -> str:
        """What the numbers mean, in words."""
        return (
            f"{len(self._pictures)} held-out pairs, whole pictures, no border cut off, 8-bit output: PSNR of RGB, SSIM "
            f"of BT.601 luma; background {self._section.background}"
            + ("; LPIPS (AlexNet) of RGB" if self._lpips else "")
        )

    def measure(self, network: TranslationModel, device: torch.device) -> ValidationResult:
        """Run the generator (in float32) over all pictures; latent vectors are the same in every validation."""
        random = torch.Generator().manual_seed(self._seed)
        values: dict[str, list[float]] = {"psnr": [], "ssim_y": []}
        images: dict[str, NDArray[np.uint8]] = {}
        for name, (source, target) in zip(self._names, self._pictures, strict=True):
            tensor = torch.from_numpy(np.ascontiguousarray(source)).to(device).permute(2, 0, 1)[None].float() / 255
            with torch.inference_mode():
                made = enlarge(_with_latent(network, device, random), tensor, like=network.generator)
            output = made[0].mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
            values["psnr"].append(psnr(output, target))
            values["ssim_y"].append(ssim(luma(output), luma(target)))
            if self._lpips is not None:
                values.setdefault("lpips", []).append(self._lpips(output, target))
            if len(images) < self._section.images:
                shown = [image[:_SHOWN_SIDE, :_SHOWN_SIDE] for image in (source, output, target)]
                images[name] = np.concatenate(shown, axis=1)
        return ValidationResult({name: float(np.mean(list_)) for name, list_ in values.items()}, images)


def _with_latent(
    network: TranslationModel, device: torch.device, random: torch.Generator
) -> Callable[[Tensor], Tensor]:
    length = network.generator.latent
    if not length:
        return network
    latent = torch.randn(1, length, generator=random).to(device)
    return lambda picture: network(picture, latent)
