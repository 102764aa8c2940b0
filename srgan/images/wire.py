"""How the child that reads and writes pictures talks with its parent: a JSON header and raw bytes, through two pipes.

Nothing is unpickled: what comes from a child that a hostile file may have taken over is data with checked sizes.
"""

import json
import struct
from typing import Any, BinaryIO

import numpy as np

from srgan.images.picture import Format, Header, Picture, PictureInfo, Samples

_MAX_HEADER = 1 << 20
_MAX_BLOB = 4 << 20

OUT_OF_MEMORY = 12
"""Exit status of a child that could not even take in what it was sent."""


def send(pipe: BinaryIO, message: dict[str, Any], *blobs: bytes | memoryview) -> None:
    """Write one frame: the message, then the blobs, whose sizes the message must tell the reader."""
    data = json.dumps(message).encode()
    pipe.write(struct.pack("<I", len(data)) + data)
    for blob in blobs:
        pipe.write(blob)
    pipe.flush()


def receive(pipe: BinaryIO) -> dict[str, Any]:
    """Read a frame's message.

    Raises:
        EOFError: the other side is gone.
        ValueError: it does not keep to the protocol.
    """
    (length,) = struct.unpack("<I", receive_bytes(pipe, 4))
    if length > _MAX_HEADER:
        raise ValueError("message too long")
    message = json.loads(receive_bytes(pipe, length))
    if not isinstance(message, dict):
        raise ValueError("no message")
    return message


def receive_bytes(pipe: BinaryIO, length: int) -> bytes:
    """Read exactly so many bytes.

    Raises:
        EOFError: the other side is gone.
    """
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError("the pipe ended")
    return data


def send_picture(pipe: BinaryIO, picture: Picture, **more: object) -> None:
    """Write a picture, and more about it; a grey one travels as one channel."""
    info = picture.info
    blobs = {"icc": info.icc, "exif": info.exif, "xmp": info.xmp}
    samples = np.ascontiguousarray(picture.rgb[..., :1]) if picture.grey else picture.rgb
    planes = [samples] if picture.alpha is None else [samples, picture.alpha]
    message = {
        **more,
        "size": [picture.width, picture.height],
        "deep": samples.dtype == np.uint16,
        "grey": picture.grey,
        "alpha": picture.alpha is not None,
        "format": info.format,
        "dpi": info.dpi,
        "parameters": info.parameters,
        "notes": picture.notes,
        "blobs": {name: len(blob) for name, blob in blobs.items() if blob is not None},
    }
    views = [np.ascontiguousarray(plane).data.cast("B") for plane in planes]
    send(pipe, message, *(blob for blob in blobs.values() if blob is not None), *views)


def receive_picture(pipe: BinaryIO, message: dict[str, Any], pixels: int) -> Picture:
    """Read what follows the message of `send_picture`; of so many pixels at most.

    Raises:
        EOFError: the other side is gone.
        ValueError: sizes beyond the limits.
    """
    width, height = (int(side) for side in message["size"])
    if min(width, height) < 1 or width * height > pixels:
        raise ValueError("picture too large")
    blobs: dict[str, bytes] = {}
    for name, length in message["blobs"].items():
        if name not in ("icc", "exif", "xmp") or not 0 <= length <= _MAX_BLOB:
            raise ValueError("blob too large")
        blobs[name] = receive_bytes(pipe, length)
    kind = np.uint16 if message["deep"] else np.uint8
    samples: Samples = np.empty((height, width, 1 if message["grey"] else 3), kind)
    _fill(pipe, samples)
    alpha: Samples | None = None
    if message["alpha"]:
        alpha = np.empty((height, width), kind)
        _fill(pipe, alpha)
    rgb = np.repeat(samples, 3, axis=2) if message["grey"] else samples
    format: Format = message["format"]
    dpi = message["dpi"]
    resolution = None if dpi is None else (float(dpi[0]), float(dpi[1]))
    parameters = None if message["parameters"] is None else str(message["parameters"])
    info = PictureInfo(format, blobs.get("icc"), blobs.get("exif"), blobs.get("xmp"), resolution, parameters)
    return Picture(rgb, alpha, bool(message["grey"]), info, tuple(str(note) for note in message["notes"]))


def header_message(header: Header) -> dict[str, Any]:
    """A header as a message."""
    return {"format": header.format, "width": header.width, "height": header.height, "frames": header.frames}


def header_of(message: dict[str, Any]) -> Header:
    """The inverse of `header_message`."""
    return Header(message["format"], int(message["width"]), int(message["height"]), int(message["frames"]))


def _fill(pipe: BinaryIO, array: Samples) -> None:
    view = array.data.cast("B")
    done = 0
    while done < len(view):
        count = pipe.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError("the pipe ended")
        done += count
