"""Pictures of texts, of classes, or of nothing but noise."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError, PictureError, UsageError
from srgan.runtime.generator_file import GeneratorFile
from srgan.runtime.noise import draw_noise
from srgan.runtime.session import Engine, SessionMemoryError
from srgan.text import Tokenizer, prepare

__all__ = ["Sampler"]

_NAMED = 8


class Sampler:
    """Makes pictures with one engine; every picture depends on its own text or class and its own noise alone.

    Attributes:
        engine: what computes.
        metadata: of the model.
    """

    def __init__(self, engine: Engine, file: GeneratorFile, tokenizer: Tokenizer | None) -> None:
        """Combine the parts, and make a picture to see that they fit.

        Args:
            engine: what computes.
            file: the model.
            tokenizer: the one that the model was trained with; None for a model without texts.

        Raises:
            ModelError: the network does not make the pictures that its metadata promise.
        """
        self.engine = engine
        self.metadata = file.metadata
        self._asked, self._tokenizer = file.asked, tokenizer
        name = f"the model {self.metadata.name!r}"
        if tokenizer is not None and file.length not in (None, tokenizer.length):
            raise ModelError(f"{name} takes {file.length} tokens, and its tokenizer makes {tokenizer.length}")
        # The last class has the largest number, which the network must know.
        probe = self._condition([("?", len(self.metadata.classes) - 1, 0)])
        made, promised = self._run(probe, self.noise(0, 0)).shape, (1, 3, file.size, file.size)
        if made != promised:
            raise ModelError(f"{name} promises pictures {promised} but makes {made}")

    @property
    def takes(self) -> str:
        """What the model makes pictures of, in words."""
        words = {"tokens": "texts", "label": f"classes ({self._some_classes()})", None: "nothing but noise"}
        return words[self._asked]

    def check(self, text: str | None, label: str | int | None) -> tuple[str | None, int | None]:
        """What a person asks for, as the model takes it: the prepared text, or the number of the class.

        Raises:
            UsageError: the text cannot be used, there is no such class, or the model takes something else.
        """
        name, takes = f"the model {self.metadata.name!r}", f"makes pictures of {self.takes}"
        if text is not None and self._asked != "tokens":
            raise UsageError(f"{name} takes no text: it {takes}")
        if label is not None and self._asked != "label":
            raise UsageError(f"{name} has no classes: it {takes}")
        if self._asked == "tokens" and text is None:
            raise UsageError(f"{name} {takes}: give it one")
        if self._asked == "label" and label is None:
            raise UsageError(f"{name} {takes}: name one")
        return None if text is None else prepare(text), None if label is None else self._number(label)

    def reads_whole(self, text: str) -> bool:
        """Whether the end of a prepared text has an effect; the rest of a long one is not read."""
        if self._tokenizer is None or len(text) < 2:
            return True
        # Nothing fits in behind a text that is cut, and its last sign is not among what is read.
        tokens, longer, shorter = self._tokenizer([text, f"{text} a", text[:-1].rstrip()])
        return not (np.array_equal(tokens, longer) and np.array_equal(tokens, shorter))

    def noise(self, seed: int, sample: int, truncation: float | None = None) -> NDArray[np.float32]:
        """The noise of one picture, ``(1, latent)``, from the model's distribution; see `draw_noise`."""
        drawn = draw_noise(seed, sample, self.metadata.latent, prior=self.metadata.prior, truncation=truncation)
        assert drawn is not None  # a model that makes pictures has a latent vector
        return drawn

    def draw(
        self,
        asked: Sequence[tuple[str | None, int | None]],
        samples: Sequence[int],
        *,
        seed: int,
        truncation: float | None,
        batch: int,
    ) -> Iterator[NDArray[np.uint8]]:
        """Pictures ``(size, size, 3)``: of the first text or class all samples, then of the second ...

        Args:
            asked: as `check` gave them.
            samples: numbers of the samples of each, 0 is the first.
            seed: of the noise.
            truncation: of the noise.
            batch: pictures that are computed at a time.

        Raises:
            PictureError: ``"oom"`` or ``"non_finite"``.
        """
        wanted = [(text, label, sample) for text, label in asked for sample in samples]
        for start in range(0, len(wanted), batch):
            part = wanted[start : start + batch]
            noise = np.concatenate([self.noise(seed, sample, truncation) for _, _, sample in part])
            values = self._run(self._condition(part), noise)
            if not np.isfinite(values).all():
                raise PictureError("non_finite", "the model computed values that are not finite numbers")
            yield from np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)

    def _condition(self, part: Sequence[tuple[str | None, int | None, int]]) -> NDArray[np.int64] | None:
        if self._tokenizer is not None:
            return self._tokenizer([text or "" for text, _, _ in part])
        if self._asked == "label":
            return np.array([label for _, label, _ in part], np.int64)
        return None

    def _run(self, condition: NDArray[np.int64] | None, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        feed: dict[str, NDArray[Any]] = {} if self._asked is None or condition is None else {self._asked: condition}
        try:
            return self.engine.compute({**feed, "noise": noise})
        except SessionMemoryError as error:
            raise PictureError("oom", f"out of memory with {len(noise)} pictures at a time") from error

    def _number(self, label: str | int) -> int:
        """The place of a class that is given by its name, in any case, or by its number."""
        names = self.metadata.classes
        if isinstance(label, str):
            folded = [name.casefold() for name in names]
            for known, wanted in ((list(names), label), (folded, label.casefold())):
                if wanted in known:
                    return known.index(wanted)
            if label.isascii() and label.isdigit():
                return self._number(int(label))
            near = difflib.get_close_matches(label.casefold(), folded, n=1, cutoff=0.5)
            hint = f"; did you mean {names[folded.index(near[0])]!r}?" if near else ""
            raise UsageError(f"the model {self.metadata.name!r} has no class {label!r}{hint} ({self._some_classes()})")
        if not 0 <= label < len(names):
            raise UsageError(f"the model {self.metadata.name!r} has the classes 0 to {len(names) - 1}, and no {label}")
        return label

    def _some_classes(self) -> str:
        names = self.metadata.classes
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return ", ".join(names[:_NAMED]) + more
