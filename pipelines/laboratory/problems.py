"""The toy problems: distributions that are known exactly, so that it shows what a game has missed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

__all__ = ["PROBLEMS", "Problem", "digit_pictures", "make_problem"]

_ROLL_PARTS, _ROLL_NOISE = 20, 0.25
_HELD_OUT = 500


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Samples to imitate, and what a good sample is: one that is near to an anchor.

    Networks see samples divided by `scale`, which gives them unit variance; everything else here is in the problem's
    own units.

    Attributes:
        name: as on the command line.
        title: for people.
        draw: count and source of randomness to samples ``(count, n)``.
        scale: standard deviation of all coordinates together.
        anchors: ``(N, n)``, centres of modes, or points of a curve.
        cells: ``(N,)``, the mode that each anchor belongs to.
        reach: a sample is good within this distance of an anchor.
        sigma: of the noise around anchors in each direction; None where there is none to speak of.
        directions: in which there is such noise, n for a point and n - 1 for a curve.
        ceiling: share of true samples that are good.
        truth: ``(modes,)``, share of each mode among true samples.
        steps: that games on it take by default.
    """

    name: str
    title: str
    draw: Callable[[int, torch.Generator], Tensor] = field(repr=False)
    scale: float
    anchors: Tensor = field(repr=False)
    cells: Tensor = field(repr=False)
    reach: float
    sigma: float | None
    directions: int
    ceiling: float
    truth: Tensor = field(repr=False)
    steps: int

    @property
    def modes(self) -> int:
        """How many there are."""
        return len(self.truth)

    @property
    def frame(self) -> tuple[float, float]:
        """The square of a picture of it: from where to where, in both directions."""
        reach = 1.25 * float(self.anchors.abs().max())
        return -reach, reach

    @property
    def dimension(self) -> int:
        """Numbers a sample."""
        return self.anchors.shape[1]


def make_problem(name: str) -> Problem:
    """The problem of that name, one of `PROBLEMS`."""
    return PROBLEMS[name]()


def _mixture(name: str, title: str, centres: Tensor, sigma: float, *, steps: int) -> Problem:
    """Equal round Gaussians; good is what lies within three sigma of a centre, 98.889 % of the truth."""

    def draw(count: int, random: torch.Generator) -> Tensor:
        which = torch.randint(len(centres), (count,), generator=random)
        return centres[which] + sigma * torch.randn(count, 2, generator=random)

    spread = centres - centres.mean(0)
    return Problem(
        name=name,
        title=title,
        draw=draw,
        scale=float((spread.square().mean() + sigma**2).sqrt()),
        anchors=centres,
        cells=torch.arange(len(centres)),
        reach=3 * sigma,
        sigma=sigma,
        directions=2,
        ceiling=1 - math.exp(-4.5),
        truth=torch.full((len(centres),), 1 / len(centres)),
        steps=steps,
    )


def _ring() -> Problem:
    angles = torch.arange(8) * (2 * math.pi / 8)
    centres = torch.stack([angles.cos(), angles.sin()], 1)
    return _mixture("ring", "ring of 8 Gaussians, radius 1, sigma 0.01", centres, 0.01, steps=3000)


def _grid() -> Problem:
    line = torch.tensor([-4.0, -2.0, 0.0, 2.0, 4.0])
    title = "grid of 25 Gaussians, {-4, -2, 0, 2, 4} squared, sigma 0.05"
    return _mixture("grid", title, torch.cartesian_prod(line, line), 0.05, steps=6000)


def _gaussians() -> Problem:
    centres = torch.tensor([[-2.0, 0.0], [2.0, 0.0]])
    return _mixture("gaussians", "two Gaussians, 4 apart, sigma 0.5", centres, 0.5, steps=2000)


def _roll() -> Problem:
    """The plane of scikit-learn's swiss roll that shows the spiral, as in Gulrajani et al. 2017, figure 1."""

    def along(share: Tensor) -> Tensor:
        angle = 1.5 * math.pi * (1 + 2 * share)
        return torch.stack([angle * angle.cos(), angle * angle.sin()], 1)

    def draw(count: int, random: torch.Generator) -> Tensor:
        return along(torch.rand(count, generator=random)) + _ROLL_NOISE * torch.randn(count, 2, generator=random)

    shares = (torch.arange(4000) + 0.5) / 4000
    return Problem(
        name="roll",
        title=f"swiss roll, noise {_ROLL_NOISE}, cut into {_ROLL_PARTS} equal parts",
        draw=draw,
        scale=float((along(shares).var(0).mean() + _ROLL_NOISE**2).sqrt()),
        anchors=along(shares),
        cells=(shares * _ROLL_PARTS).long(),
        reach=3 * _ROLL_NOISE,
        sigma=_ROLL_NOISE,
        directions=1,
        ceiling=math.erf(3 / math.sqrt(2)),
        truth=torch.full((_ROLL_PARTS,), 1 / _ROLL_PARTS),
        steps=3000,
    )


def digit_pictures() -> tuple[Tensor, Tensor]:
    """The 1797 digits of scikit-learn: ``(1797, 64)`` in [0, 1], row by row, and their classes ``(1797,)``."""
    from sklearn.datasets import load_digits

    pictures, labels = load_digits(return_X_y=True)
    return torch.tensor(pictures, dtype=torch.float32) / 16, torch.tensor(labels)


def _digits() -> Problem:
    """Pictures; good is what is as near to a training picture as 95 % of the pictures that are held out."""
    pictures, labels = digit_pictures()
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    held, used = order[:_HELD_OUT], order[_HELD_OUT:]
    known = pictures[used]
    nearest = torch.cdist(pictures[held], known).amin(1)

    def draw(count: int, random: torch.Generator) -> Tensor:
        return known[torch.randint(len(known), (count,), generator=random)]

    return Problem(
        name="digits",
        title="digits, 8x8",
        draw=draw,
        scale=1.0,
        anchors=known,
        cells=labels[used],
        reach=float(nearest.quantile(0.95)),
        sigma=None,
        directions=64,
        ceiling=0.95,
        truth=torch.bincount(labels[used]) / len(used),
        steps=4000,
    )


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "digits": _digits,
    "gaussians": _gaussians,
    "grid": _grid,
    "ring": _ring,
    "roll": _roll,
}
