"""Reading and writing pictures in a child process."""

from typing import Any, BinaryIO

from srgan.images.decoder import Decoder
from srgan.images.picture import Format, Picture
from srgan.images.wire import receive_bytes, send_picture

__all__ = ["Codec"]

_OVERHEAD = 16 << 20


class Codec(Decoder):
    """A decoder whose child writes pictures, too: with the same limit on memory, and a deadline.

    What is written has passed through a model, but its colour profile and metadata are those of a stranger's file, and
    the libraries that apply and store them are the ones that read them. And the interpreter of a server stays free for
    its other requests.
    """

    def write(
        self, picture: Picture, format: Format, *, quality: int | None = None, seconds: float
    ) -> tuple[bytes, tuple[str, ...]]:
        """The file of a picture, and what the format lost; like `srgan.images.encode`.

        Args:
            picture: what to write; of no more than ``limits.output_pixels``.
            format: of the file.
            quality: as in `srgan.images.encode`.
            seconds: how long it may take.

        Raises:
            PictureError: as `srgan.images.encode`, and "timeout", "memory" or "crashed".
        """
        largest = 8 * picture.width * picture.height + _OVERHEAD

        def give(pipe: BinaryIO) -> None:
            send_picture(pipe, picture, action="write", into=format, quality=quality, seconds=seconds)

        def take(pipe: BinaryIO, answer: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
            if not 0 < answer["length"] <= largest:
                raise ValueError("file too large")
            return receive_bytes(pipe, answer["length"]), tuple(str(note) for note in answer["notes"])

        return self._exchange(seconds, give, take)
