"""Looking at and measuring what a generator makes of held-out captions."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.config import expand
from srgan.data import laid_on, load_pictures
from srgan.data.backgrounds import known_colours
from srgan.errors import UsageError
from srgan.metrics import PictureFeatures, draw_distractors, kernel_distance, r_precision
from srgan.networks import LatentGenerator
from srgan.text import SentenceEncoder
from srgan.training.caption_sections import SampledCaptionsSection, listed_captions
from srgan.training.embedding_models import TrainedEmbedding, load_embedding
from srgan.training.sample_validation import generated
from srgan.training.validation import ValidationResult

__all__ = ["TextToImageValidation"]

_SUBSETS = 100
_LEAST = 4
_SAMPLES = 6


class TextToImageValidation:
    """The distance of pictures of held-out captions from the true ones, and whether a judge finds the captions again.

    A picture is made for the first caption of each held-out picture. The sheet has a row a caption: the true picture,
    then samples of always the same latent vectors.

    Args:
        section: the run file's table.
        reader: what the generator reads with.
        size: side of the pictures.
        seed: of latent vectors, backgrounds and wrong captions.

    Raises:
        UsageError: captions or pictures cannot be used, there are too few, or the judge is the reader.
    """

    def __init__(
        self, section: SampledCaptionsSection, reader: TrainedEmbedding | SentenceEncoder, *, size: int, seed: int = 0
    ) -> None:
        found = listed_captions(section, key="validation")
        count = len(found) if section.limit is None else min(section.limit, len(found))
        if count < _LEAST:
            raise UsageError(f"validation.captions: {count} pictures are too few for a distance; it takes {_LEAST}")
        places = np.linspace(0, len(found) - 1, count).round().astype(int)
        store = load_pictures([found.paths[place] for place in places], size=size, key="validation")
        self._real = laid_on(store.pixels, known_colours(section.background, len(store), seed=seed))
        texts = [found.captions[place][0] for place in places]
        self._sentences = torch.from_numpy(reader.sentences(texts))
        self._section, self._size, self._seed = section, size, seed
        self._features = PictureFeatures(section.features)
        self._real_features: NDArray[np.float32] | None = None
        self._judge: TrainedEmbedding | None = None
        if section.judge is not None:
            self._judge = load_embedding(expand(section.judge, key="validation.judge"), key="validation.judge")
            if self._judge.text.encoder == reader.text.encoder:
                raise UsageError(
                    f"validation.judge: {self._judge.file} is what the generator learns from (text.encoder); a judge "
                    "must have been trained apart"
                )
            self._read = self._judge.sentences(texts)
            self._distractors = draw_distractors(
                found.concepts[places],
                found.groups[places],
                count=section.distractors,
                same_group=section.same_group,
                seed=seed,
            )
            self._ceiling = self._found(self._real, torch.device("cpu"))

    @property
    def protocol(self) -> str:
        """What the numbers mean, in words."""
        count = len(self._real)
        told = (
            f"kernel distance (unbiased MMD^2, cubic kernel, mean of {_SUBSETS} subsets of {count // 2}) in "
            f"{self._features.protocol}; {count} held-out captions, the first of each picture, one sample each, at "
            f"{self._size}x{self._size}, background {self._section.background}"
        )
        if self._judge is None:
            return told
        return (
            f"{told}; R-precision among {self._section.distractors} wrong captions of other concepts, of the same "
            f"group with a share of {self._section.same_group:g}, by a joint embedding that was trained apart and "
            f"finds {self._ceiling:.3f} of the true pictures"
        )

    def measure(self, network: LatentGenerator, device: torch.device) -> ValidationResult:
        """Run the generator (in float32, as it is: in eval mode, if it should be).

        Args:
            network: of the size and text encoder that were announced.
            device: of its weights.
        """
        random = torch.Generator().manual_seed(self._seed)
        sheet = self._sheet(network, random)
        made = generated(network, network.draw(len(self._sentences), random=random), self._sentences)
        fake = self._features(made, device=device)
        if self._real_features is None:
            self._real_features = self._features(self._real, device=device)
        subsets = np.random.default_rng(self._seed)
        distance = kernel_distance(fake, self._real_features, subsets=_SUBSETS, size=len(made) // 2, random=subsets)
        values = {"kernel_distance": distance.value}
        if self._judge is not None:
            values["r_precision"] = self._found(made, device)
        return ValidationResult(values, {"samples": sheet})

    def _found(self, pictures: NDArray[np.uint8], device: torch.device) -> float:
        assert self._judge is not None
        seen = self._judge.pictures(pictures, device)
        return r_precision(seen, self._read, np.arange(len(pictures)), self._distractors)

    def _sheet(self, network: LatentGenerator, random: torch.Generator) -> NDArray[np.uint8]:
        rows = min(self._section.rows, len(self._sentences))
        places = np.linspace(0, len(self._sentences) - 1, rows).round().astype(int)
        latents = network.draw(_SAMPLES, random=random)
        tiles = []
        for place in places.tolist():
            sentence: Tensor = self._sentences[place].expand(_SAMPLES, -1)
            tiles.append(np.hstack([self._real[place], *generated(network, latents, sentence)]))
        return np.vstack(tiles)
