"""Names of outputs, decided for a whole job before anything is written."""

import hashlib
import itertools
import os
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from srgan.errors import UsageError
from srgan.files.walk import Found

_NAME_BYTES = 255
_STEM_BYTES = 80


def default_output(root: str | Path, tag: str) -> Path:
    """The folder for the outputs of an input folder: `imgs/` -> `imgs_x4/` beside it.

    Raises:
        UsageError: the input is the root of a file system.
    """
    root = Path(root)
    if root.name in ("", ".."):
        root = Path(os.path.realpath(root))
    if not root.name:
        raise UsageError(f"{str(root)!r} has no name to derive the output folder from; choose one with --output")
    return root.with_name(root.name + tag)


def stem_of(text: str) -> str:
    """A stem for files about a text: its letters and digits, of any script, in small letters with hyphens between.

    At most 80 bytes: what is longer is cut and marked with a digest of the whole. What has neither letters nor digits
    (an emoji) is named by its code points. Different texts may have the same stem.
    """
    normal = unicodedata.normalize("NFC", text).casefold()
    # Marks belong to the letters before them: Indic scripts write vowels so.
    signs = (sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in normal)
    stem = "-".join("".join(signs).split()) or "-".join(f"u{ord(sign):04x}" for sign in normal if sign != " ")
    if len(stem.encode()) <= _STEM_BYTES:
        return stem
    mark = "~" + hashlib.sha256(text.encode()).hexdigest()[:8]
    return stem.encode()[: _STEM_BYTES - len(mark)].decode(errors="ignore").rstrip("-") + mark


def folds_case(folder: str | Path) -> bool:
    """Whether names that differ only in case are one file there; nothing is written to find out."""
    path = Path(os.path.realpath(folder))
    for place in (path, *path.parents):
        other = place.with_name(place.name.swapcase()) if place.name else place
        if other.name != place.name and place.exists():
            return other.exists() and other.samefile(place)
    return sys.platform in ("win32", "darwin")


def plan_outputs(
    found: Sequence[Found],
    suffixes: Sequence[str],
    *,
    tag: str,
    output: str | Path | None = None,
    copies: int = 1,
    fold: bool | None = None,
) -> list[Path]:
    """Choose the outputs of every input: deterministic, no two alike, never an input's own place.

    Without `output`, files of the folder `imgs` go to `imgs_x4` with the tree kept, and `a.png` to `a_x4.png` beside
    it. With `output`, they go into that folder: the tree of a single input folder directly, those of several under
    their folders' names. When two inputs want one name, the one already called so keeps it and the others keep their
    full old name before the suffix (`a.jpg` -> `a.jpg.png`). Several copies are numbered (`a_1.png`, `a_2.png`).

    Args:
        found: the inputs, of `srgan.files.walk`.
        suffixes: the suffix of each output, with its dot.
        tag: what marks an output, for instance ``"_x4"``.
        output: the folder for all outputs; None means beside the inputs.
        copies: how many outputs an input has.
        fold: treat names that differ only in case or in Unicode normalisation as one; None asks the file system.

    Returns:
        One path for each input, in the same order; of several copies one after the other.
    """
    places = [place for place in _places(found, tag, None if output is None else Path(output)) for _ in range(copies)]
    found = [file for file in found for _ in range(copies)]
    suffixes = [suffix for suffix in suffixes for _ in range(copies)]
    numbers = [f"_{1 + index % copies}" if copies > 1 else "" for index in range(len(found))]
    if fold is None:
        fold = any(folds_case(folder) for folder in {place.parent for place in places})
    inputs = {_key(file.path, fold) for file in found}
    plain = [
        _fit(place, _stem(place.name) + number, suffix)
        for place, number, suffix in zip(places, numbers, suffixes, strict=True)
    ]
    marks = [
        (tag if (output is None and file.root is None) or _key(path, fold) in inputs else "") + number
        for file, path, number in zip(found, plain, numbers, strict=True)
    ]
    wanted = [
        _fit(place, _stem(place.name) + mark, suffix)
        for place, mark, suffix in zip(places, marks, suffixes, strict=True)
    ]
    crowd = Counter(_key(path, fold) for path in wanted)
    keeps = [
        _fit(place, _stem(place.name), suffix).name == place.name
        for place, suffix in zip(places, suffixes, strict=True)
    ]
    # Who is already called so comes first, then the byte order of the inputs: the same plan on every machine.
    order = sorted(range(len(found)), key=lambda i: (not keeps[i], os.fsencode(found[i].path)))
    planned = dict.fromkeys(range(len(found)), Path())
    for i in order:
        candidates: Iterable[Path] = _candidates(places[i], places[i].name + marks[i], suffixes[i])
        if keeps[i] or crowd[_key(wanted[i], fold)] == 1:
            candidates = itertools.chain([wanted[i]], candidates)
        planned[i] = next(path for path in candidates if _key(path, fold) not in inputs)
        inputs.add(_key(planned[i], fold))
    return list(planned.values())


def _places(found: Sequence[Found], tag: str, output: Path | None) -> list[Path]:
    """Where each output would be if it kept its input's name."""
    if output is None:
        return [file.path if file.root is None else default_output(file.root, tag) / file.relative for file in found]
    roots = list(dict.fromkeys(file.root for file in found if file.root is not None))
    folders = {roots[0]: output} if len(roots) == 1 else {}
    for root in roots if len(roots) > 1 else []:
        label = Path(os.path.realpath(root)).name or "root"
        names = (label if n == 1 else f"{label}~{n}" for n in itertools.count(1))
        folders[root] = next(output / name for name in names if output / name not in folders.values())
    named = [Path(os.path.normpath(file.path.absolute())) for file in found if file.root is None]
    alike = len({path.name for path in named}) < len(named)
    common = os.path.commonpath([path.parent for path in named]) if alike else ""
    return [
        folders[file.root] / file.relative
        if file.root is not None
        else output / (os.path.relpath(file.path.absolute(), common) if alike else file.path.name)
        for file in found
    ]


def _candidates(place: Path, name: str, suffix: str) -> Iterator[Path]:
    yield _fit(place, name, suffix)
    for number in itertools.count(2):
        yield _fit(place, f"{name}~{number}", suffix)


def _stem(name: str) -> str:
    """The name without its suffix; what follows a dot but cannot be a suffix stays (`v1.5`, `scan 2024.11`)."""
    path = Path(name)
    return path.stem if re.fullmatch(r"\.(?=.*[A-Za-z])[A-Za-z0-9]{1,5}", path.suffix) else name


def _fit(place: Path, stem: str, suffix: str) -> Path:
    """A sibling of `place`; a name that is too long for file systems is cut and marked with a digest of the whole."""
    if len(os.fsencode(stem + suffix)) > _NAME_BYTES:
        mark = "~" + hashlib.sha256(os.fsencode(stem)).hexdigest()[:8]
        while len(os.fsencode(stem + mark + suffix)) > _NAME_BYTES:
            stem = stem[:-1]
        stem += mark
    return place.parent / (stem + suffix)


def _key(path: Path, fold: bool) -> str:
    text = os.path.normpath(path.absolute())
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()) if fold else text
