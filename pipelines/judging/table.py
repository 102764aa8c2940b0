"""The judgement as values for programs and as a table for people."""

from typing import Any

from pipelines.judging.estimates import Estimate, mean_of
from pipelines.judging.references import References
from pipelines.judging.scores import Judgement

__all__ = ["as_values", "markdown"]

_HEAD = (
    "",
    "steps",
    "latent",
    "kernel distance",
    "nearest training drawing, dB",
    "suspiciously near",
    "held-out pictures by code, dB",
    "lead over (b), dB",
    "beat (b)",
    "correlation",
)
_LEGEND = """\
Nearest training drawing: mean PSNR of {looked_up} samples (of the held-out pictures, in their row) with the most
similar training drawing, each of these on the plain colour that suits it best. Dull samples are near to many drawings.
Suspiciously near: share of the samples in which there is more of a training drawing, by the PSNR that it gains over a
plain colour without any, than in 95 % of the held-out pictures; well above 5 % they are known by heart.

Held-out pictures by code: mean PSNR of what the generator makes of their codes. What must be beaten: (a) the nearest
training picture, each on a plain colour of its own; (b) the nearest training drawing on the colour behind the held-out
picture, which knows this colour; (c) this colour alone. Lead: the mean of the differences picture by picture.
Correlation: of the latent vectors of the samples with the codes of the samples, each along its own components.

Numbers after +- are standard errors: over subsets of the pictures for distances, over pictures or samples elsewhere."""


def as_values(judgements: list[Judgement], references: References) -> dict[str, Any]:
    """JSON values; what is infinite is None."""
    base = references.baselines
    return {
        "protocol": references.protocol,
        "held_out": len(references.held_out),
        "training": len(references.training),
        "references": {
            "ceiling": {"kernel_distance": references.ceiling.as_dict(), "pictures": references.ceiling_pictures},
            "floor": {"kernel_distance": references.floor.as_dict()},
            "held_out": {"nearest_training_psnr": mean_of(base.any_colour.psnr).as_dict()},
            "nearest_on_own_colour": {"psnr": mean_of(base.own).as_dict()},
            "nearest_on_same_colour": {"psnr": mean_of(base.same.psnr).as_dict()},
            "plain_colour": {"psnr": mean_of(base.plain).as_dict()},
        },
        "generators": [_of_one(judged, references) for judged in judgements],
    }


def _of_one(judged: Judgement, references: References) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": judged.subject.name,
        "steps": judged.subject.step,
        "latents": judged.subject.latents,
        "samples": len(judged.samples),
        "kernel_distance": judged.distance.as_dict(),
        "nearest_training_psnr": mean_of(judged.neighbours.psnr).as_dict(),
        "suspiciously_near": judged.suspicious,
        "looked_up": len(judged.neighbours.psnr),
        "reconstruction": None,
    }
    if judged.coding is not None:
        psnr, rival = judged.coding.psnr, references.baselines.same.psnr
        values["reconstruction"] = {
            "psnr": mean_of(psnr).as_dict(),
            "lead": mean_of(psnr - rival).as_dict(),
            "beat": float((psnr > rival).mean()),
            "correlation": judged.coding.correlation.as_dict(),
        }
    return values


def markdown(judgements: list[Judgement], references: References) -> str:
    """The table, and what its numbers are."""
    base = references.baselines
    rows = [_HEAD, ("---",) * len(_HEAD), *(_row(judged, references) for judged in judgements)]
    ceiling = f"{references.ceiling_pictures} training pictures (ceiling)"
    rows += [
        _reference(ceiling, distance=references.ceiling),
        _reference("plain colours (floor)", distance=references.floor),
        _reference("held-out pictures", nearest=mean_of(base.any_colour.psnr)),
        _reference("(a) nearest training picture", psnr=mean_of(base.own)),
        _reference("(b) nearest on the same colour", psnr=mean_of(base.same.psnr)),
        _reference("(c) the colour alone", psnr=mean_of(base.plain)),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    legend = _LEGEND.format(looked_up=len(references.held_out)).replace("+-", "±")
    return f"{table}\n\nDistances: {references.protocol}.\n\n{legend}\n"


def _row(judged: Judgement, references: References) -> tuple[str, ...]:
    coded = ("", "", "", "")
    if judged.coding is not None:
        psnr, rival = judged.coding.psnr, references.baselines.same.psnr
        share = f"{100 * float((psnr > rival).mean()):.1f} %"
        coded = (
            _shown(mean_of(psnr), 2),
            _shown(mean_of(psnr - rival), 2),
            share,
            _shown(judged.coding.correlation, 3),
        )
    return (
        judged.subject.name,
        str(judged.subject.step),
        judged.subject.latents,
        _shown(judged.distance, 4),
        _shown(mean_of(judged.neighbours.psnr), 2),
        f"{100 * judged.suspicious:.1f} %",
        *coded,
    )


def _reference(
    name: str, *, distance: Estimate | None = None, nearest: Estimate | None = None, psnr: Estimate | None = None
) -> tuple[str, ...]:
    shown = [
        "" if value is None else _shown(value, digits) for value, digits in ((distance, 4), (nearest, 2), (psnr, 2))
    ]
    return (name, "", "", shown[0], shown[1], "", shown[2], "", "", "")


def _shown(estimate: Estimate, digits: int) -> str:
    return f"{estimate.value:.{digits}f} ± {estimate.error:.{digits}f}"
