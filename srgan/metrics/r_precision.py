"""Whether pictures are found by their captions among wrong ones."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_distractors", "r_precision", "r_precision_each"]

_CHUNK = 256
_TIE = 1e-9  # of cosines, whose last digits depend on the order of sums


def r_precision(
    pictures: NDArray[np.floating],
    captions: NDArray[np.floating],
    true: NDArray[np.integer],
    distractors: NDArray[np.integer],
) -> float:
    """Share of the pictures that are most like their own caption: the mean of `r_precision_each`."""
    return float(r_precision_each(pictures, captions, true, distractors).mean())


def r_precision_each(
    pictures: NDArray[np.floating],
    captions: NDArray[np.floating],
    true: NDArray[np.integer],
    distractors: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Whether each picture is most like its own caption (Xu et al. 2018, AttnGAN, section 4.1, with R = 1).

    Likeness is the cosine of the vectors of a joint embedding, which should be another one than the generator learned
    from. A picture whose caption ties with k others counts 1 / (k + 1), so that an embedding that knows nothing gets
    what chance gives: 0.01 with 99 distractors.

    Args:
        pictures: ``(N, D)`` vectors of pictures, N >= 1.
        captions: ``(M, D)`` vectors of captions.
        true: ``(N,)``, the place of each picture's caption among the captions.
        distractors: ``(N, K)``, the places of the wrong ones of each.

    Returns:
        ``(N,)``, 0 to 1.

    Raises:
        ValueError: the shapes do not fit, or vectors are 0 or not finite.
    """
    if (
        not len(pictures)
        or pictures.shape[1:] != captions.shape[1:]
        or true.shape != (len(pictures),)
        or distractors.shape[:1] != true.shape
    ):
        shapes = ", ".join(str(array.shape) for array in (pictures, captions, true, distractors))
        raise ValueError(f"pictures, captions, true ones and distractors do not fit: {shapes}")
    seen, read = _directions(pictures), _directions(captions)
    found = np.empty(len(seen))
    for start in range(0, len(seen), _CHUNK):
        part = slice(start, start + _CHUNK)
        asked = read[np.column_stack([true[part], distractors[part]])]
        cosines = np.einsum("nd,nkd->nk", seen[part], asked)
        lead = cosines[:, 1:] - cosines[:, :1]
        ties = (np.abs(lead) <= _TIE).sum(axis=1)
        found[part] = np.where((lead > _TIE).any(axis=1), 0.0, 1.0 / (ties + 1))
    return found


def draw_distractors(
    concepts: NDArray[np.integer],
    groups: NDArray[np.integer] | None,
    *,
    count: int = 99,
    same_group: float = 0.5,
    seed: int,
) -> NDArray[np.int64]:
    """Wrong captions for each caption: different ones, of other concepts, some of them of its own group.

    A caption whose group has too few others gets all of these and more of the other groups, and the other way round.

    Args:
        concepts: ``(M,)``, what each caption is about.
        groups: ``(M,)``, the wider kind of that, negative where there is none; None: no caption has one.
        count: wrong captions of each.
        same_group: share of `count`, rounded down, that comes from the same group.
        seed: of the draw.

    Returns:
        ``(M, count)`` places among the captions; row i belongs to caption i, and begins with those of its group.

    Raises:
        ValueError: there are not enough captions of other concepts.
    """
    random, near = np.random.default_rng(seed), int(count * same_group)
    drawn = np.empty((len(concepts), count), np.int64)
    for place, concept in enumerate(concepts):
        others = random.permutation(np.flatnonzero(concepts != concept))
        if len(others) < count:
            raise ValueError(f"caption {place} has {len(others)} captions of other concepts, and needs {count}")
        if groups is not None and groups[place] >= 0:
            akin = groups[others] == groups[place]
            inside, outside = others[akin], others[~akin]
            # Cutting this at `count` fills up what one of the two lacks with the other.
            others = np.concatenate([inside[:near], outside, inside[near:]])
        drawn[place] = others[:count]
    return drawn


def _directions(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """The vectors at length 1."""
    lengths = np.linalg.norm(np.asarray(vectors, np.float64), axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("there are vectors without a direction: 0, or not finite")
    return np.asarray(vectors / lengths)
