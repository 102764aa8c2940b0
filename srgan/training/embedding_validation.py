"""Whether held-out pictures are found by their captions during a training."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data import load_pictures
from srgan.data.backgrounds import known_colours, laid_on
from srgan.metrics import draw_distractors, r_precision
from srgan.tasks import EmbeddingModel
from srgan.text import ByteTokenizer
from srgan.training.caption_sections import CaptionValidationSection, listed_captions
from srgan.training.validation import ValidationResult

__all__ = ["EmbeddingValidation"]

_BATCH = 64


class EmbeddingValidation:
    """R-precision: the share of the pictures that are nearer to their first caption than to all wrong ones.

    Args:
        section: the run file's table.
        size: side of the pictures.
        length: of the tokenizer.
        seed: of backgrounds and wrong captions.
    """

    def __init__(self, section: CaptionValidationSection, *, size: int, length: int, seed: int = 0) -> None:
        found = listed_captions(section, key="validation")
        colours = known_colours(section.background, len(found), seed=seed)
        self._pictures = laid_on(load_pictures(found.paths, size=size, key="validation").pixels, colours)
        self._tokens = torch.from_numpy(ByteTokenizer(length)([texts[0] for texts in found.captions]))
        self._distractors = draw_distractors(
            found.concepts, found.groups, count=section.distractors, same_group=section.same_group, seed=seed
        )
        self._section = section

    @property
    def protocol(self) -> str:
        """What the numbers mean, in words."""
        return (
            f"R-precision of {len(self._pictures)} held-out pictures, first captions, among "
            f"{self._section.distractors} wrong ones of other concepts, of the same group with a share of "
            f"{self._section.same_group:g}; background {self._section.background}"
        )

    @torch.inference_mode()
    def measure(self, network: EmbeddingModel, device: torch.device) -> ValidationResult:
        """Encode (in float32) and compare."""
        pictures = torch.from_numpy(self._pictures).permute(0, 3, 1, 2)
        seen = [network.picture_encoder(part.to(device).float() / 255) for part in torch.split(pictures, _BATCH)]
        read = [network.text_encoder(part.to(device))[0] for part in torch.split(self._tokens, _BATCH)]
        value = r_precision(_array(seen), _array(read), np.arange(len(pictures)), self._distractors)
        return ValidationResult({"r_precision": value}, {})


def _array(parts: list[Tensor]) -> NDArray[np.float32]:
    return torch.cat(parts).float().cpu().numpy()
