"""Fetching model files: from a URL, a hub, or a folder; resumed, checked, and there completely or not at all."""

import http.client
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from pydantic import ValidationError

from srgan.errors import ModelError, OutputError, UsageError
from srgan.files import sha256_file
from srgan.runtime import read_any_file
from srgan.zoo.index import Entry

__all__ = ["HUB", "Origin", "fetch", "look_up", "offline", "resolve"]

HUB = "https://huggingface.co"
"""Where ``hf:OWNER/NAME/FILE`` is looked for; the variable ``HF_ENDPOINT`` names another place of that kind."""

_BLOCK = 1 << 20
_BIGGEST = 2**31 - 1
_SECONDS = 30.0
_TRIES = 3


class Origin(NamedTuple):
    """Where a file comes from.

    Attributes:
        place: a URL, or a path.
        remote: whether it is a URL.
        name: of the file.
    """

    place: str
    remote: bool
    name: str


def offline() -> bool:
    """Whether ``SRGAN_OFFLINE`` forbids connections."""
    return os.environ.get("SRGAN_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


def resolve(source: str) -> Origin:
    """Understand where a file is.

    Args:
        source: a URL (``https://``), ``hf:OWNER/NAME/FILE`` or ``hf:OWNER/NAME@REVISION/FILE``, or a path.

    Raises:
        UsageError: not understood.
    """
    if source.startswith("hf:"):
        owner, _, rest = source[3:].partition("/")
        repository, _, file = rest.partition("/")
        repository, _, revision = repository.partition("@")
        if not (owner and repository and file) or ".." in file.split("/"):
            raise UsageError(f"{source}: write it as hf:OWNER/NAME/FILE.onnx, or hf:OWNER/NAME@REVISION/FILE.onnx")
        hub = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
        place = f"{hub}/{quote(owner)}/{quote(repository)}/resolve/{quote(revision or 'main', safe='')}/{quote(file)}"
        return Origin(place, True, file.rpartition("/")[2])
    parts = urlsplit(source)
    if parts.scheme in ("http", "https"):
        name = parts.path.rpartition("/")[2]
        if not parts.netloc or not name:
            raise UsageError(f"{source} names no file")
        return Origin(source, True, name)
    if "://" in source:
        raise UsageError(f"{source}: only https, http, hf: and paths are fetched from")
    return Origin(source, False, Path(source).name)


def look_up(mirror: str, name: str, scratch: Path) -> tuple[Origin, Entry]:
    """Find a model in a mirror: a folder, or the URL of one, with an ``index.toml`` as the packaged models have it.

    Args:
        mirror: path or URL.
        name: of the model.
        scratch: folder for the index of a remote mirror.

    Returns:
        Where its file is, and what the index says of it.

    Raises:
        ModelError: no such model, or the index is damaged or cannot be had.
    """
    base = mirror.rstrip("/")
    index = fetch(resolve(f"{base}/index.toml"), scratch / "index.toml", unsafe=True)
    try:
        tables: list[dict[str, Any]] = tomllib.loads(index.read_text(encoding="utf-8")).get("model", [])
        entries = {entry.name: entry for entry in (Entry.model_validate(table) for table in tables)}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ModelError(f"the index of {mirror} is damaged: {error}") from None
    if name.lower() not in entries:
        raise ModelError(f"{mirror} has no model {name!r}; it has {', '.join(sorted(entries)) or 'none'}")
    entry = entries[name.lower()]
    if entry.file.is_absolute() or ".." in entry.file.parts:
        raise ModelError(f"the index of {mirror} leads out of it: {entry.file}")
    return resolve(f"{base}/{entry.file.as_posix()}"), entry


def fetch(origin: Origin, output: Path, *, sha256: str | None = None, unsafe: bool = False) -> Path:
    """Bring a file here. An interrupted one is continued by asking again.

    Args:
        origin: where it is.
        output: where it goes; it appears there when it is complete and was checked.
        sha256: what its checksum must be.
        unsafe: without a checksum take it over an unencrypted connection too.

    Returns:
        `output`.

    Raises:
        UsageError: an unencrypted connection without a checksum.
        ModelError: it cannot be had (or ``SRGAN_OFFLINE`` forbids it), is another one than it should be, or an ONNX
            file that is refused.
        OutputError: it cannot be written.
    """
    if sha256 is not None and output.is_file() and sha256_file(output) == sha256.lower():
        return output
    if origin.remote and origin.place.startswith("http://") and sha256 is None and not unsafe:
        raise UsageError(f"{origin.place} is not encrypted: give its checksum with --sha256, or take https")
    if origin.remote and offline():
        raise ModelError(f"{origin.place} is not fetched: SRGAN_OFFLINE is set; give a file or a folder instead")
    partial = output.with_name(output.name + ".partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if origin.remote:
            _download(origin.place, partial)
        else:
            _copy(Path(origin.place).expanduser(), partial)
        _check(partial, output, sha256)
        _publish(partial, output)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}") from error
    return output


def _copy(source: Path, partial: Path) -> None:
    try:
        with source.open("rb") as file, partial.open("wb") as copy:
            for block in iter(lambda: file.read(_BLOCK), b""):
                copy.write(block)
    except FileNotFoundError:
        partial.unlink(missing_ok=True)
        raise ModelError(f"there is no file {source}") from None


def _download(url: str, partial: Path) -> None:
    """The whole file into `partial`, from where an earlier try ended."""
    mark = partial.with_name(partial.name + ".etag")
    failure: Exception | None = None
    for _ in range(_TRIES):
        try:
            if _continue(url, partial, mark):
                mark.unlink(missing_ok=True)
                return
        except HTTPError as error:
            if error.code < 500 and error.code not in (408, 416, 429):
                raise ModelError(f"{url} cannot be fetched: {error.code} {error.reason}") from None
            if error.code == 416:  # what is here is no beginning of what is there now
                partial.unlink(missing_ok=True)
            failure = error
        except (URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            failure = error
    here = partial.stat().st_size if partial.exists() else 0
    why = f" ({failure})" if failure else ""
    raise ModelError(f"{url} cannot be fetched{why}; {here} bytes are here: run the command again to continue")


def _continue(url: str, partial: Path, mark: Path) -> bool:
    """One connection; whether the file is complete now."""
    have = partial.stat().st_size if partial.exists() and mark.exists() else 0
    headers = {"User-Agent": "srgan", "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": mark.read_text(encoding="utf-8")}
    with urlopen(Request(url, headers=headers), timeout=_SECONDS) as answer:
        if url.startswith("https://") and not answer.url.startswith("https://"):
            raise ModelError(f"{url} leads to {answer.url}, which is not encrypted; nothing was taken from there")
        continued = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        if not continued:
            have = 0
            mark.unlink(missing_ok=True)
        length = answer.headers.get("Content-Length")
        expected = None if length is None else have + int(length)
        if expected is not None and expected > _BIGGEST:
            raise ModelError(f"{url} is larger than 2 GiB, more than an ONNX file can be")
        with partial.open("ab" if continued else "wb") as file:
            # Weak tags promise no equal bytes.
            if tag and not tag.startswith("W/"):
                mark.write_text(tag, encoding="utf-8")
            for block in _blocks(answer):
                have += len(block)
                if have > _BIGGEST:
                    raise ModelError(f"{url} is larger than 2 GiB, more than an ONNX file can be")
                file.write(block)
    return expected is None or have == expected


def _blocks(answer: Any) -> Iterator[bytes]:  # noqa: ANN401
    while block := answer.read1(_BLOCK):
        yield block


def _check(partial: Path, output: Path, sha256: str | None) -> None:
    """Remove and refuse what is not the file that it should be."""
    try:
        digest = sha256_file(partial)
        if sha256 is not None and digest != sha256.lower():
            raise ModelError(f"{output.name} is another file than it should be: its sha256 is {digest}, not {sha256}")
        if output.suffix.lower() == ".onnx":
            read_any_file(partial)
    except ModelError:
        partial.unlink(missing_ok=True)
        raise


def _publish(partial: Path, output: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(output)
