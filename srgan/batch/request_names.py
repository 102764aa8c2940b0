"""Names of the pictures that are made of texts and classes."""

import hashlib
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from srgan.batch.request import Request
from srgan.files import stem_of

__all__ = ["name_pictures"]


def name_pictures(requests: Sequence[Request], folder: Path, suffix: str) -> list[list[Path]]:
    """A file for every picture of every request: ``a-red-apple_1.png``, ``a-red-apple_2.png`` ...

    A request with a name of its own has ``name.png`` when it is a single picture, else ``name_1.png`` ... When two
    want the same files, names of their own come first, then the text that is written like its file; the others get a
    mark made of text and seed (``a-red-apple~1f3870be_1.png``). The order of the requests does not matter.

    Args:
        requests: no two alike.
        folder: for all files; none is named outside of it.
        suffix: with its dot.

    Returns:
        The files of each request, in the same order.
    """

    def rank(place: int) -> tuple[bool, bool, str, int, str]:
        request = requests[place]
        written = request.title == stem_of(request.title).replace("-", " ")
        return request.name is None, not written, request.title, request.seed, request.name or ""

    named: dict[int, list[Path]] = {}
    taken: set[str] = set()
    for place in sorted(range(len(requests)), key=rank):
        request = requests[place]
        stem = request.name or stem_of(request.title)
        digest = hashlib.sha256(f"{request.seed} {request.title}".encode()).hexdigest()
        for length in (0, 8, len(digest)):
            marked = stem + ("~" + digest[:length] if length else "")
            names = [f"{marked}_{number}{suffix}" for number in range(1, request.count + 1)]
            if request.name is not None and request.count == 1:
                names = [marked + suffix]
            keys = {unicodedata.normalize("NFC", name).casefold() for name in names}
            if not keys & taken:
                break
        taken |= keys
        named[place] = [folder / name for name in names]
    return [named[place] for place in range(len(requests))]
