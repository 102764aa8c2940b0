"""Looking at and measuring what a generator makes of random numbers."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from srgan.data import laid_on, load_pictures
from srgan.data.backgrounds import known_colours
from srgan.errors import UsageError
from srgan.metrics import PictureFeatures, kernel_distance
from srgan.networks import LatentGenerator
from srgan.training.picture_sections import SampleValidationSection, listed_pictures
from srgan.training.validation import ValidationResult

__all__ = ["SampleValidation", "generated"]

_CHUNK = 64
_SUBSETS, _SUBSET = 100, 1000
_LEAST = 4


class SampleValidation:
    """The distance of generated pictures from held-out ones, and a sheet of always the same latent vectors.

    Generated pictures have the classes of the held-out ones, in turn.

    Args:
        section: the run file's table.
        size: side of the pictures.
        classes: of the generator.
        seed: of the latent vectors and the backgrounds.

    Raises:
        UsageError: the pictures cannot be used, there are fewer than 4, or the weights of the features are not to be
            had.
    """

    def __init__(self, section: SampleValidationSection, *, size: int, classes: int, seed: int = 0) -> None:
        found = listed_pictures(section, classes=classes, key="validation")
        if len(found.paths) < _LEAST:
            raise UsageError(
                f"validation.pictures: {len(found.paths)} pictures are too few for a distance; it takes {_LEAST}"
            )
        self._section, self._size, self._classes, self._seed = section, size, classes, seed
        self._features = PictureFeatures(section.features)
        self._labels = torch.from_numpy(found.labels)
        store = load_pictures(found.paths, size=size, key="validation")
        self._real = laid_on(store.pixels, known_colours(section.background, len(store), seed=seed))
        self._real_features: NDArray[np.float32] | None = None
        self._subset = min(_SUBSET, len(store) // 2, section.samples // 2)

    @property
    def protocol(self) -> str:
        """What the numbers mean, in words."""
        return (
            f"kernel distance (unbiased MMD^2, cubic kernel, mean of {_SUBSETS} subsets of {self._subset}) in "
            f"{self._features.protocol}; {self._section.samples} generated and {len(self._real)} held-out pictures of "
            f"{self._size}x{self._size}, background {self._section.background}"
        )

    def measure(self, network: LatentGenerator, device: torch.device) -> ValidationResult:
        """Run the generator (in float32, as it is: in eval mode, if it should be).

        Args:
            network: of the size and classes that were announced.
            device: of its weights.
        """
        random = torch.Generator().manual_seed(self._seed)
        sheet = self._sheet(network, random)
        latents, labels = network.draw(self._section.samples, random=random), None
        if self._classes:
            place = torch.arange(self._section.samples)
            labels = self._labels[place % len(self._labels)]
            labels = torch.where(labels < 0, place % self._classes, labels)
        fake = self._features(generated(network, latents, self._conditions(labels)), device=device)
        if self._real_features is None:
            self._real_features = self._features(self._real, device=device)
        subsets = np.random.default_rng(self._seed)
        distance = kernel_distance(fake, self._real_features, subsets=_SUBSETS, size=self._subset, random=subsets)
        return ValidationResult({"kernel_distance": distance.value}, {"samples": sheet})

    def _conditions(self, labels: Tensor | None) -> Tensor | None:
        return None if labels is None else F.one_hot(labels, self._classes).float()

    def _sheet(self, network: LatentGenerator, random: torch.Generator) -> NDArray[np.uint8]:
        """Pictures side by side; with classes, each has a row and each latent vector a column."""
        images = self._section.images
        rows = self._classes or max(1, round(images**0.5))
        columns = max(1, images // rows)
        if self._classes:
            latents = network.draw(columns, random=random).repeat(rows, 1)
            labels = torch.arange(rows).repeat_interleave(columns)
        else:
            latents, labels = network.draw(rows * columns, random=random), None
        made = generated(network, latents, self._conditions(labels))
        tiles = made.reshape(rows, columns, self._size, self._size, 3)
        return np.ascontiguousarray(tiles.transpose(0, 2, 1, 3, 4)).reshape(rows * self._size, columns * self._size, 3)


@torch.inference_mode()
def generated(network: LatentGenerator, latents: Tensor, conditions: Tensor | None) -> NDArray[np.uint8]:
    """Pictures ``(N, size, size, 3)`` of latent vectors ``(N, latent)``, under conditions ``(N, classes)`` or none."""
    made = []
    for start in range(0, len(latents), _CHUNK):
        part = latents[start : start + _CHUNK]
        pictures = network(part, None if conditions is None else conditions[start : start + _CHUNK].to(part))
        made.append(pictures.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(made)
