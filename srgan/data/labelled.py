"""Which pictures a training learns to make: folders, lists of names, and classes by sub-folder."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.data.folders import PairPaths, data_hash
from srgan.data.name_lists import listed_names
from srgan.errors import UsageError
from srgan.images import list_pictures

__all__ = ["LabelledPaths", "find_pictures"]

_SHOWN = 10


@dataclass(frozen=True)
class LabelledPaths:
    """Pictures and what they are of.

    Attributes:
        paths: the files.
        labels: the class of each, int64; -1: none.
        classes: names of the classes, in the order of their numbers.
    """

    paths: list[Path]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] = ()

    def digest(self) -> str:
        """A sha256 over the names, contents and classes of all pictures: which data a model was trained on."""
        digest = hashlib.sha256(data_hash([PairPaths(path, None) for path in self.paths]).encode())
        digest.update(json.dumps([self.classes, self.labels.tolist()]).encode())
        return digest.hexdigest()


def find_pictures(
    folders: Sequence[Path], *, names: str | None = None, classes: int = 0, key: str = "data"
) -> LabelledPaths:
    """The pictures of folders and their sub-folders, those of each folder sorted by path.

    Args:
        folders: where to look.
        names: a file that says which pictures: ``list.txt`` with a name a line, or ``file.json#key``, the list of that
            key of a JSON object. A name is that of a picture's file without the suffix; None takes all.
        classes: number of classes, which are the sub-folders in the order of their names, the same ones in every
            folder; pictures that lie directly in a folder have none. 0: no picture has one.
        key: run-file section for messages.

    Raises:
        UsageError: a folder or a list is not there or cannot be used, the number of sub-folders is another, or nothing
            is left.
    """
    wanted = None if names is None else listed_names(names, key=key)
    found = [
        (path, path.relative_to(folder).parts[0] if path.parent != folder else None)
        for folder in folders
        for path in list_pictures(folder, key=f"{key}.pictures")
    ]
    known = tuple(sorted({name for _, name in found if name is not None})) if classes else ()
    if len(known) != classes:
        shown = ", ".join(known[:_SHOWN]) + (" ..." if len(known) > _SHOWN else "")
        places = ", ".join(str(folder) for folder in folders)
        raise UsageError(
            f"{key}.classes is {classes}, but the sub-folders of {places} that hold pictures are {len(known)}"
            f" ({shown or 'none'}); each class has a folder of its own"
        )
    kept = [(path, name) for path, name in found if wanted is None or path.stem in wanted]
    if not kept:
        raise UsageError(f"{key}.names: {names} lists none of the {len(found)} pictures that were found")
    numbers = {name: number for number, name in enumerate(known)}
    labels = [-1 if name is None else numbers.get(name, -1) for _, name in kept]
    return LabelledPaths([path for path, _ in kept], np.array(labels, np.int64), known)
