"""The captioned pictures and the judge that the options of ``srgan evaluate`` mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError

if TYPE_CHECKING:
    from srgan.data import CaptionedPaths
    from srgan.evaluation import CaptionedPictures, Judge, TrainingDrawings
    from srgan.runtime import ModelMetadata

__all__ = ["FoundJudge", "find_captions", "find_judge", "load_captions", "load_training"]

_FIXED = "fixed"


class FoundJudge(NamedTuple):
    """A joint embedding that judges.

    Attributes:
        judge: the encoders.
        file: their weights.
        words: what it is, for the protocol.
        kin: sha256 of its weights and of those of other checkpoints of its training.
    """

    judge: "Judge"
    file: Path
    words: str
    kin: frozenset[str]

    def refuse_own(self, name: str, metadata: "ModelMetadata") -> None:
        """A model is not judged by what it was conditioned on.

        Raises:
            UsageError: this judge read the texts for the model when it learned, or a checkpoint of the same training.
        """
        if metadata.text is not None and metadata.text.encoder in self.kin:
            raise UsageError(
                f"the model {name!r} learned from the text encoder of {self.file.parent} (sha256 "
                f"{metadata.text.encoder}); it has to be judged by a joint embedding that was trained apart"
            )


def find_judge(path: Path) -> FoundJudge:
    """Load a joint embedding.

    Args:
        path: the folder of a run, a checkpoint folder, or a ``.safetensors`` file.

    Raises:
        UsageError: there is none.
    """
    from srgan.files import sha256_file
    from srgan.training import read_model
    from srgan.training.embedding_models import load_embedding

    embedding = load_embedding(path, key="--judge")
    own, described = embedding.text.encoder, read_model(embedding.file)[1]
    others = embedding.file.parent.parent.glob("step_*/model.safetensors") if embedding.file.stem == "model" else ()
    words = f"{described['name']} (a joint embedding after {described['step']} steps, sha256 {own[:12]})"
    return FoundJudge(embedding, embedding.file, words, frozenset([own, *(sha256_file(other) for other in others)]))


def find_captions(options: dict[str, Any], names: str | None) -> "CaptionedPaths":
    """The pictures and captions that the options name.

    Args:
        options: of `srgan evaluate`.
        names: ``--names`` or ``--training-names``.

    Raises:
        UsageError: a file, a line or a pattern cannot be used.
    """
    from srgan.data import read_captions

    return read_captions(
        options["captions"],
        images=options["images"] or ("image",),
        names=names,
        without=options["without"],
        strip=options["strip"],
        key="evaluate",
    )


def load_captions(found: "CaptionedPaths", size: int, background: str) -> "CaptionedPictures":
    """Read pictures at a size, with the first caption of each.

    Args:
        found: the pictures.
        size: shorter sides are brought to it, and the centre is cut out.
        background: ``"fixed"``: a colour of its own for each; or ``"#rrggbb"``.

    Raises:
        UsageError: names the pictures that cannot be used.
    """
    from srgan.data import laid_on, load_pictures
    from srgan.evaluation import CaptionedPictures

    pixels = load_pictures(found.paths, size=size, key="evaluate").pixels
    behind = ""
    if (pixels[..., 3] < 255).any():
        behind = ", transparency laid on " + ("a colour of its own for each" if background == _FIXED else background)
    captions = [texts[0] for texts in found.captions]
    laid = laid_on(pixels, _colours(background, len(pixels)))
    return CaptionedPictures(laid, captions, found.concepts, found.groups, f"shorter side brought to {size}{behind}")


def load_training(options: dict[str, Any], size: int, real: "CaptionedPaths") -> "TrainingDrawings":
    """Read the training pictures at a size.

    Args:
        options: of `srgan evaluate`.
        size: as for `load_captions`.
        real: pictures, some of which may be training pictures.

    Raises:
        UsageError: names the pictures that cannot be used.
    """
    from srgan.data import load_pictures
    from srgan.evaluation import TrainingDrawings

    found = find_captions(options, options["training_names"])
    if len(found) < 2:
        raise UsageError("--training-names leaves one picture; nearness needs two")
    places = {path: place for place, path in enumerate(found.paths)}
    own = np.array([places.get(path, -1) for path in real.paths], np.int64)
    return TrainingDrawings(load_pictures(found.paths, size=size, key="training").pixels, own)


def _colours(background: str, count: int) -> NDArray[np.uint8]:
    from srgan.data import fixed_colours

    if background == _FIXED:
        return fixed_colours(count, seed=0)
    colour = [int(background[place : place + 2], 16) for place in (1, 3, 5)]
    return np.tile(np.array(colour, np.uint8), (count, 1))
