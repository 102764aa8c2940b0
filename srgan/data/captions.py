"""Which pictures a text-to-image training learns from, and what is said about them."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.data.folders import PairPaths, data_hash
from srgan.data.name_lists import name_filter
from srgan.errors import UsageError
from srgan.images import list_pictures
from srgan.text import prepare

__all__ = ["CaptionedPaths", "read_captions"]


@dataclass(frozen=True)
class CaptionedPaths:
    """Pictures, and what is said about each.

    Attributes:
        paths: the files.
        captions: of each picture, one at least, prepared as `srgan.text.prepare` does; pictures may share them.
        concepts: ``(N,)`` int64, what each is a picture of: the place of a name in `concept_names`.
        groups: ``(N,)`` int64, the wider kind of it; -1: none.
        concept_names: sorted.
        group_names: sorted.
    """

    paths: list[Path]
    captions: list[tuple[str, ...]]
    concepts: NDArray[np.int64]
    groups: NDArray[np.int64]
    concept_names: tuple[str, ...]
    group_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def digest(self) -> str:
        """A sha256 over pictures, captions, concepts and groups: which data a model was trained on."""
        digest = hashlib.sha256(data_hash([PairPaths(path, None) for path in self.paths]).encode())
        named = [self.concept_names, self.concepts.tolist(), self.group_names, self.groups.tolist()]
        digest.update(json.dumps([self.captions, *named]).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class _Entry:
    """One captioned thing, which may have several pictures; `place` is where it was read, for messages."""

    place: str
    pictures: list[Path]
    captions: list[str]
    concept: str | None = None
    group: str | None = None


def read_captions(
    file: Path,
    *,
    images: Sequence[str] = ("image",),
    root: Path | None = None,
    names: str | None = None,
    without: Sequence[str] = (),
    strip: Sequence[str] = (),
    key: str = "data",
) -> CaptionedPaths:
    r"""Pictures with captions, in the order of their lines, or sorted by path.

    Each line of a ``.jsonl`` file is an object with the paths of one or more pictures, ``captions`` (a list) or
    ``caption`` (a text), and perhaps ``concept`` and ``group``. In a folder, ``a.txt`` holds the captions of ``a.png``,
    one a line. What has no concept is of the concept that its first caption names: equal captions are never wrong
    ones.

    Args:
        file: of lines, or a folder, with its sub-folders.
        images: keys of a line that hold paths of pictures; absent ones are skipped.
        root: what the paths of pictures start from; None: the folder, or that of the file.
        names: a list of the pictures that are meant, as for `find_pictures`; None takes all.
        without: patterns of names to leave out.
        strip: regular expressions; what they match is cut out of captions, such as ``r"\([^)]*\)"``. Captions of
            which nothing stays are dropped.
        key: run-file section for messages.

    Raises:
        UsageError: something is missing, damaged or said twice, naming the line; or nothing is left.
    """
    meant = name_filter(names, without, key=key)
    patterns = _compiled(strip, key)
    root = root or (file if file.is_dir() else file.parent)
    entries = _folder_entries(file, root, key) if file.is_dir() else _line_entries(file, root, images, key)
    kept, total = [], 0
    seen: dict[Path, str] = {}
    for entry in entries:
        total += len(entry.pictures)
        for path in entry.pictures:
            if path in seen:
                raise UsageError(
                    f"{entry.place}: the picture {path} was there before ({seen[path]}); join its captions"
                )
            seen[path] = entry.place
        pictures = [path for path in entry.pictures if meant(path)]
        if pictures:
            kept.append(_tidied(entry, pictures, patterns))
    if not kept:
        raise UsageError(f"{key}: {file} has {total} pictures {_keys(images)}, and none of them is left")
    return _numbered(kept)


def _compiled(strip: Sequence[str], key: str) -> list[re.Pattern[str]]:
    compiled = []
    for pattern in strip:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            raise UsageError(f"{key}.strip: {pattern!r} is no regular expression: {error}") from None
    return compiled


def _line_entries(file: Path, root: Path, images: Sequence[str], key: str) -> Iterator[_Entry]:
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise UsageError(f"{key}.captions: the file {file} is not there") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{key}.captions: {file} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _line_entry(f"{file}:{number}", line, root, images)


def _line_entry(place: str, line: str, root: Path, images: Sequence[str]) -> _Entry:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{place}: no JSON: {error}") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{place}: not an object, but {line.strip()[:40]}")
    if ("captions" in fields) == ("caption" in fields):
        raise UsageError(f"{place}: needs captions (a list) or caption (a text), and not both")
    captions = [fields["caption"]] if "caption" in fields else fields["captions"]
    if not isinstance(captions, list) or not all(isinstance(caption, str) for caption in captions):
        raise UsageError(f"{place}: captions are not texts: {captions!r}")
    texts = {name: fields[name] for name in ("concept", "group", *images) if fields.get(name) is not None}
    for name, text in texts.items():
        if not isinstance(text, str) or not text:
            raise UsageError(f"{place}: {name} is not a text: {text!r}")
    pictures = [root / texts[name] for name in images if name in texts]
    return _Entry(place, pictures, captions, texts.get("concept"), texts.get("group"))


def _folder_entries(folder: Path, root: Path, key: str) -> Iterator[_Entry]:
    for path in list_pictures(root, key=f"{key}.captions"):
        text = folder / path.relative_to(root).with_suffix(".txt")
        try:
            yield _Entry(str(text), [path], text.read_text(encoding="utf-8-sig").splitlines())
        except FileNotFoundError:
            raise UsageError(f"{key}.captions: {path} has no captions: {text} is not there") from None
        except (OSError, ValueError) as error:
            raise UsageError(f"{key}.captions: {text} cannot be read: {error}") from None


def _tidied(entry: _Entry, pictures: list[Path], patterns: list[re.Pattern[str]]) -> _Entry:
    """What is meant of an entry, with its captions prepared, each once.

    Raises:
        UsageError: a picture is not there, a caption is not usable, or none is left.
    """
    for path in pictures:
        if not path.is_file():
            raise UsageError(f"{entry.place}: the picture {path} is not there")
    captions = []
    for caption in entry.captions:
        for pattern in patterns:
            caption = pattern.sub(" ", caption)
        if caption.strip():
            try:
                captions.append(prepare(caption))
            except UsageError as error:
                raise UsageError(f"{entry.place}: {error}") from None
    if not captions:
        raise UsageError(f"{entry.place}: no caption is left of {entry.captions!r}")
    return _Entry(entry.place, pictures, list(dict.fromkeys(captions)), entry.concept, entry.group)


def _numbered(entries: list[_Entry]) -> CaptionedPaths:
    """The pictures of all entries, with their concepts and groups as numbers."""
    pictures = [(path, entry, entry.concept or entry.captions[0]) for entry in entries for path in entry.pictures]
    concepts = sorted({concept for _, _, concept in pictures})
    groups = sorted({entry.group for entry in entries if entry.group is not None})
    concept_numbers = {name: number for number, name in enumerate(concepts)}
    group_numbers: dict[str | None, int] = {None: -1}
    group_numbers.update((name, number) for number, name in enumerate(groups))
    return CaptionedPaths(
        [path for path, _, _ in pictures],
        [tuple(entry.captions) for _, entry, _ in pictures],
        np.array([concept_numbers[concept] for _, _, concept in pictures], np.int64),
        np.array([group_numbers[entry.group] for _, entry, _ in pictures], np.int64),
        tuple(concepts),
        tuple(groups),
    )


def _keys(images: Sequence[str]) -> str:
    return f"under {' or '.join(repr(name) for name in images)}"
