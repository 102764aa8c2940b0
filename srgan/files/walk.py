"""Finding the files that a command was given: files, folders, patterns."""

import errno
import glob
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from srgan.errors import UsageError

Reason = Literal["hidden", "not_regular", "output", "permission", "symlink", "vanished", "visited"]


_PICTURE_LIKE = re.compile(r"\.(png|jpe?g|webp|tiff?|bmp|gif|avif|p[bgnp]m)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file.

    Attributes:
        path: where it is.
        root: the input folder under which it was found; None when it was named directly or by a pattern.
        relative: its path under `root`, or only its name.
    """

    path: Path
    root: Path | None
    relative: Path


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is no input, and why.

    Attributes:
        path: where it is.
        reason: hidden (dotfiles, Thumbs.db), not_regular (pipes, devices, folders named like pictures), output (the
            output folder inside an input), permission, symlink (leads out of the input), vanished (dangling links
            too), visited (a folder reached twice).
    """

    path: Path
    reason: Reason

    @property
    def failed(self) -> bool:
        """Whether a person must hear of it: there may be pictures which were not seen."""
        return self.reason in ("permission", "vanished")


def walk(
    inputs: Iterable[str | Path],
    *,
    listed: Iterable[Found] = (),
    exclude: Iterable[str | Path] = (),
    follow_symlinks: bool = False,
) -> Iterator[Found | Ignored]:
    """Find the files of the inputs, each once, in an order that does not depend on the file system.

    Folders are searched to the bottom, each once by (device, inode). Inside a folder a symbolic link to a file counts
    if its target lies inside that folder; links to folders, and links that lead out, count with `follow_symlinks`.
    Nothing is opened, so that pipes and devices cannot block. Names may be any bytes (surrogate escapes).

    Args:
        inputs: files, folders, or patterns with `*`, `?`, `[...]`, `**`.
        listed: files or folders besides, of `read_manifest`; one that is not there is reported, and the others go on.
        exclude: folders not to enter wherever they are (the output folder inside an input).
        follow_symlinks: also follow the other symbolic links.

    Raises:
        UsageError: an input is not there, or a pattern matches nothing (before anything is yielded).
    """
    named = [Found(path, None, Path(path.name)) for text in inputs for path in _expand(text)]
    return _Walk(exclude, follow_symlinks).run(itertools.chain(named, listed))


def _expand(text: str | Path) -> list[Path]:
    path = Path(text)
    if os.path.lexists(path):
        return [path]
    if glob.has_magic(str(text)):
        matches = sorted(glob.glob(str(text), recursive=True), key=os.fsencode)  # noqa: PTH207 (absolute patterns)
        if matches:
            return [Path(match) for match in matches]
        raise UsageError(f"no file matches {str(text)!r}")
    raise UsageError(f"no such file or folder: {str(text)!r}")


class _Walk:
    def __init__(self, exclude: Iterable[str | Path], follow_symlinks: bool) -> None:
        self.follow = follow_symlinks
        self.excluded = {key for path in exclude if (key := _identity(path)) is not None}
        self.visited: set[tuple[int, int]] = set()
        self.files: set[str] = set()

    def run(self, named: Iterable[Found]) -> Iterator[Found | Ignored]:
        for file in named:
            path = file.path
            try:
                info = path.stat()  # what a person names is meant, through links too
            except OSError as error:
                yield Ignored(path, _reason(error))
                continue
            if stat.S_ISDIR(info.st_mode):
                yield from self.folder(path)
            elif not stat.S_ISREG(info.st_mode):
                yield Ignored(path, "not_regular")
            else:
                yield from self.found(file)

    def found(self, file: Found) -> Iterator[Found]:
        key = os.path.normpath(file.path.absolute())
        if key not in self.files:
            self.files.add(key)
            yield file

    def folder(self, root: Path) -> Iterator[Found | Ignored]:
        inside = os.path.realpath(root).rstrip(os.sep) + os.sep
        waiting = [root]
        links: list[Path] = []  # linked folders wait for the end: what is also a real folder keeps its real place
        while waiting or links:
            folder = waiting.pop() if waiting else links.pop(0)
            key = _identity(folder)
            if key is None or key in self.visited or key in self.excluded:
                yield Ignored(folder, "vanished" if key is None else "output" if key in self.excluded else "visited")
                continue
            self.visited.add(key)
            try:
                with os.scandir(folder) as entries:
                    listing = sorted(entries, key=lambda entry: os.fsencode(entry.name))
            except OSError as error:
                yield Ignored(folder, _reason(error))
                continue
            below: list[Path] = []
            for entry in listing:
                yield from self.entry(folder / entry.name, entry, root, inside, below, links)
            waiting.extend(reversed(below))

    def entry(
        self, path: Path, entry: os.DirEntry[str], root: Path, inside: str, below: list[Path], links: list[Path]
    ) -> Iterator[Found | Ignored]:
        if _is_hidden(entry.name):
            yield Ignored(path, "hidden")
            return
        try:
            info = entry.stat()
            link = entry.is_symlink()
        except OSError as error:
            yield Ignored(path, _reason(error))
            return
        if stat.S_ISDIR(info.st_mode):
            if link and not self.follow:
                yield Ignored(path, "symlink")
                return
            if _PICTURE_LIKE.search(entry.name):
                yield Ignored(path, "not_regular")  # somebody may wonder what became of it; what is inside counts
            (links if link else below).append(path)
        elif not stat.S_ISREG(info.st_mode):
            yield Ignored(path, "not_regular")
        elif link and not self.follow and not os.path.realpath(path).startswith(inside):
            yield Ignored(path, "symlink")
        else:
            yield from self.found(Found(path, root, path.relative_to(root)))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini")


def _identity(path: str | Path) -> tuple[int, int] | None:
    try:
        info = Path(path).stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _reason(error: OSError) -> Reason:
    return "permission" if error.errno in (errno.EACCES, errno.EPERM) else "vanished"
