"""How the game between generator and discriminator goes, in numbers and in one line of words."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

__all__ = ["Health", "diagnose", "picture_health"]

COLLAPSED = 0.5
"""Diversity below which outputs are too much alike; those of super-resolution, even blurred ones, stay near 1."""
SATURATED_GAP, SATURATED_LOSS = 20.0, 1e-3
"""Distance of the mean scores above which, and loss of the discriminator below which, nothing is left to learn.

Both are asked for: scores of critics (WGAN) may be far apart, but then their loss is as far from 0.
"""
STRONG, WEAK, FOOLED = 0.97, 0.52, 0.45
"""Advantage from which the discriminator is too strong; at most that it tells nothing apart; that it is fooled."""
SILENT = 0.01
"""Share of the generator's gradient below which the adversarial term does not matter."""
SHARP, SMOOTH = 1.5, 0.6
"""Detail ratio above which there is too much of it, and below which outputs are still smooth."""
RESTING = 0.5
"""Share of resting steps from which the guard alone does not help."""
_EPSILON = 1e-4  # of the range of a sample, far below an 8-bit step: flat pictures divide by it


@dataclass(frozen=True, kw_only=True)
class Health:
    """Means over an interval of an adversarial training; None is what was not measured.

    Args:
        advantage: share of positions at which the real score is above the fake one, 0 to 1; 1/2: cannot tell.
        real_score: mean raw score of real pictures.
        fake_score: of generated ones.
        discriminator_loss: without penalties.
        rested: share of the steps in which the balance guard let the discriminator rest.
        diversity: see `picture_health`.
        detail: see `picture_health`.
        game_share: norm of the gradient of the generator's weighted adversarial term over that of all its terms, both
            taken at the pictures.
    """

    advantage: float
    real_score: float
    fake_score: float
    discriminator_loss: float | None = None
    rested: float = 0.0
    diversity: float | None = None
    detail: float | None = None
    game_share: float | None = None


@torch.no_grad()
def picture_health(fake: Tensor, real: Tensor) -> dict[str, Tensor]:
    """Diversity and detail of a batch, as ratios to those of the real pictures.

    Diversity is the standard deviation across the batch, mean over positions; detail the mean of the absolute second
    differences along both axes. 1 is like real pictures; 0 is no difference between outputs, or flat ones.

    Args:
        fake: ``(B, C, H, W)`` in [0, 1], sides of at least 3.
        real: the same shape.

    Returns:
        Float32 scalars without gradient, on the device of the pictures; no diversity for a batch of one.
    """
    ratios = {"detail": _ratio(_detail(fake.float()), _detail(real.float()))}
    if fake.shape[0] > 1:
        ratios["diversity"] = _ratio(fake.float().std(0).mean(), real.float().std(0).mean())
    return ratios


def diagnose(health: Health) -> str:
    """One line about the game: what is wrong, and what to change in the run file.

    The first that holds of: values that are not finite, collapse, saturation, a discriminator that is too strong or
    too weak, an adversarial term that does not matter, too much detail; else the game is balanced. The thresholds are
    the constants of this module.
    """
    values = asdict(health).items()
    broken = [f"{name} {value}" for name, value in values if value is not None and not math.isfinite(value)]
    if broken:
        return f"GAN: not finite ({', '.join(broken)}): lower train.lr and adversarial.lr, or set clip for both"
    problem = _outputs_alike(health) or _discriminator(health) or _generator(health)
    if problem:
        return f"GAN: {problem}"
    rested = f"; it rested in {_percent(health.rested)} of the steps" if health.rested > 0 else ""
    smooth = ""
    if health.detail is not None and health.detail < SMOOTH:
        smooth = f"; outputs are still smooth ({_percent(health.detail)} of the real detail)"
    return f"GAN: balanced (the discriminator is right in {_percent(health.advantage)} of places{rested}){smooth}"


def _outputs_alike(health: Health) -> str | None:
    if health.diversity is None or health.diversity >= COLLAPSED:
        return None
    return (
        f"collapsed: the outputs hardly differ from each other ({_percent(health.diversity)} of what real pictures "
        "do): go back to an earlier checkpoint with a lower adversarial.weight or train.lr, or add r1 to "
        "adversarial.penalty"
    )


def _discriminator(health: Health) -> str | None:
    right = _percent(health.advantage)
    loss = health.discriminator_loss
    if health.real_score - health.fake_score >= SATURATED_GAP and loss is not None and abs(loss) <= SATURATED_LOSS:
        return (
            f"saturated: scores are at {health.real_score:+.3g} for real and {health.fake_score:+.3g} for generated "
            "pictures, where the discriminator's gradients vanish: lower adversarial.lr and add r1 to "
            "adversarial.penalty"
        )
    if health.advantage >= STRONG and health.rested >= RESTING:
        return (
            f"the discriminator is too strong ({right} right) although it rested in {_percent(health.rested)} of the "
            "steps: lower adversarial.lr or add r1 to adversarial.penalty"
        )
    if health.advantage >= STRONG:
        return (
            f"the discriminator is too strong ({right} right): lower adversarial.lr, add r1 to adversarial.penalty "
            "or switch adversarial.guard on"
        )
    if health.advantage <= WEAK:
        what = "is fooled" if health.advantage < FOOLED else "cannot tell real from generated"
        return (
            f"the discriminator {what} ({right} right): give it time, raise adversarial.lr or adversarial.warmup, or "
            "take a larger one"
        )
    return None


def _generator(health: Health) -> str | None:
    if health.game_share is not None and health.game_share < SILENT:
        return (
            f"the adversarial term hardly moves the generator ({_percent(health.game_share)} of its gradient): raise "
            "adversarial.weight"
        )
    if health.detail is not None and health.detail > SHARP:
        return (
            f"too much detail: the outputs have {health.detail:.1f} times the fine detail of real pictures, noise or a "
            "pattern: look at the crops and the grid index, and lower adversarial.weight"
        )
    return None


def _detail(pictures: Tensor) -> Tensor:
    return sum((pictures.diff(n=2, dim=axis).abs().mean() for axis in (2, 3)), pictures.new_zeros(()))


def _ratio(fake: Tensor, real: Tensor) -> Tensor:
    return (fake + _EPSILON) / (real + _EPSILON)


def _percent(share: float) -> str:
    """``71 %``; with a decimal where whole per cents would say all or nothing."""
    text = f"{100 * share:.0f}" if 0.01 <= share <= 0.99 else f"{100 * share:.1f}"
    return f"{text} %"
