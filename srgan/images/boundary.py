"""The boundary around foreign decoders: whatever goes wrong inside comes out as a PictureError."""

import contextlib
import re
import threading
import warnings
from collections.abc import Iterator

from PIL import Image, ImageFile

from srgan.errors import PictureError

# Pillow's settings and Python's warning filters belong to the whole process: one decoding at a time changes them.
# Many pictures at once are the business of several `Decoder`s.
_LOCK = threading.RLock()

_ENDS_EARLY = re.compile(
    r"truncat|premature|unexpected end|end of (file|stream|data)|reached eof|\beof\b|not enough|incomplete|out of data"
    r"|decoder error -2|too few|short read|less data",
    re.IGNORECASE,
)


@contextlib.contextmanager
def decoding() -> Iterator[None]:
    """Run foreign decoders: no warning leaves the block and no exception except PictureError.

    Pillow's own pixel limit is off inside, because ours is checked from the header; half a picture is never taken.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
        try:
            yield
        except PictureError:
            raise
        except MemoryError:
            raise PictureError("oom", "not enough memory to decode the picture") from None
        except Exception as error:
            raise PictureError(*_explain(error)) from error
        finally:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def _explain(error: Exception) -> tuple[str, str]:
    text = " ".join(str(error).split())[:150] or type(error).__name__
    if isinstance(error, OSError) and error.errno is not None:  # decoders' own complaints have no number
        return "vanished", f"the file cannot be read: {error.strerror}"
    if isinstance(error, EOFError) or _ENDS_EARLY.search(text):
        return "truncated", f"the file ends too early: {text}"
    if text.startswith("cannot identify image file"):  # and then the name of a Python object
        return "corrupt", "the file is damaged: its header makes no sense"
    if re.search(r"out of memory|unable to allocate|cannot allocate", text, re.IGNORECASE):
        return "oom", "not enough memory to decode the picture"
    return "corrupt", f"the file is damaged: {text}"
