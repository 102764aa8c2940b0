"""Pictures that are the same, or nearly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fingerprint", "alike", "fingerprint"]

_SIDE, _LOW = 32, 8
_BITS = 8
_CORRELATION = 0.97
_FLAT = 2.0


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a picture looks like.

    Attributes:
        hash: the 64 bits of pHash: signs of the low frequencies of a 32x32 picture against their median; None for a
            picture that is nearly flat, which looks like every other flat one.
        thumbnail: the 32x32 picture, mean 0 and norm 1, flat.
    """

    hash: np.uint64 | None
    thumbnail: NDArray[np.float32]


def fingerprint(luma: NDArray[np.float32]) -> Fingerprint:
    """The fingerprint of a picture ``(H, W)``; survives scaling, compression and changed brightness."""
    small = _means(_means(luma, _SIDE).T, _SIDE).T
    spread = small - small.mean()
    norm = float(np.linalg.norm(spread))
    thumbnail = (spread / max(norm, 1e-6)).astype(np.float32).ravel()
    if norm / _SIDE < _FLAT:
        return Fingerprint(None, thumbnail)
    place = np.arange(_SIDE)
    cosines = np.cos(np.pi * (2 * place[None] + 1) * place[:_LOW, None] / (2 * _SIDE))
    low = (cosines @ small @ cosines.T).ravel()
    bits = low > np.median(low[1:])  # the first is the mean, which says nothing
    return Fingerprint(np.packbits(bits).view(np.uint64)[0], thumbnail)


def alike(prints: list[Fingerprint], others: list[Fingerprint] | None = None) -> list[tuple[int, int]]:
    """Indices of pairs that look alike: at most 8 of 64 bits differ, and the thumbnails correlate by 0.97.

    Args:
        prints: the first pictures.
        others: the second pictures; None compares the first among themselves, each pair once.
    """
    second = prints if others is None else others
    usable = [index for index, one in enumerate(second) if one.hash is not None]
    hashes = np.array([second[index].hash for index in usable], np.uint64)
    pairs = []
    for index, one in enumerate(prints):
        if one.hash is None:
            continue
        near = np.flatnonzero(np.bitwise_count(hashes ^ one.hash) <= _BITS)
        for other in (usable[place] for place in near):
            itself = others is None and other <= index
            if not itself and float(one.thumbnail @ second[other].thumbnail) >= _CORRELATION:
                pairs.append((index, other))
    return pairs


def _means(luma: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Means of `count` bands of lines, of the nearest lines where there are fewer."""
    edges = np.linspace(0, luma.shape[0], count + 1)
    starts = np.minimum(np.floor(edges[:-1]).astype(int), luma.shape[0] - 1)
    stops = np.maximum(np.floor(edges[1:]).astype(int), starts + 1)
    total = np.concatenate([np.zeros((1, luma.shape[1])), np.cumsum(luma, axis=0, dtype=np.float64)])
    means: NDArray[np.float64] = (total[stops] - total[starts]) / (stops - starts)[:, None]
    return means.astype(np.float32)
