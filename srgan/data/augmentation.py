"""The one place that uses albumentations and its OpenCV: flips, rotations, zooms, and JPEG."""

import os

import numpy as np
from numpy.typing import NDArray

# albumentations asks for its latest version when imported, unless told not to.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations
import cv2

__all__ = ["PairAugmentation", "jpeg_round_trip", "turned"]

Pixels = NDArray[np.uint8]

# OpenCV's threads would fight with the training for the cores; crops are too small to gain from them.
cv2.setNumThreads(0)


class PairAugmentation:
    """Random element of the square's symmetry group (4 rotations x flip) on pairs of uint8 ``(H, W, 3)`` crops."""

    def __init__(self) -> None:
        self._transform = albumentations.Compose(
            [albumentations.D4(p=1.0)], additional_targets={"high": "image"}, is_check_shapes=False
        )

    def seed(self, value: int) -> None:
        """Start a reproducible sequence, once a batch."""
        self._transform.set_random_seed(value)

    def __call__(self, low: Pixels, high: Pixels) -> tuple[Pixels, Pixels]:
        """Transform both pictures alike."""
        result = self._transform(image=low, high=high)
        return result["image"], result["high"]


_JPEG = albumentations.ImageCompression("jpeg", p=1.0)


def jpeg_round_trip(picture: Pixels, quality: int) -> Pixels:
    """An RGB picture ``(H, W, 3)`` through a JPEG file of the quality 1 to 100 (4:2:0)."""
    # albumentations hands its input to OpenCV as it is, which takes the first channel for blue: the colours would be
    # weighed the wrong way round.
    decoded = _JPEG.apply(np.ascontiguousarray(picture[..., ::-1]), quality, ".jpg")
    return np.ascontiguousarray(decoded[..., ::-1])


def turned(picture: Pixels, *, angle: float, zoom: float, shift: tuple[float, float]) -> Pixels:
    """A ``(H, W, C)`` picture turned about its middle, enlarged and moved; what comes in from outside is mirrored.

    Args:
        picture: stays as it is.
        angle: degrees, anticlockwise.
        zoom: factor of the size of what is seen.
        shift: to the right and downwards, in pixels.
    """
    height, width = picture.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, zoom), np.float64)
    matrix[:, 2] += np.array(shift)
    warped = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, np.uint8)
