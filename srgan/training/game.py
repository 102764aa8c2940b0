"""The terms of an adversarial game: what each side minimises, given what the discriminator says."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from srgan.adversarial import (
    Penalty,
    Sample,
    classification_loss,
    compare,
    correlation,
    feature_means,
    make_objective,
    make_penalty,
    overfitting,
)
from srgan.losses import feature_matching
from srgan.networks import Judgement
from srgan.tasks import Round
from srgan.training.sections import AdversarialSection

__all__ = ["Game", "Judge", "Rejudge"]

Judge = Callable[..., Judgement]
"""A discriminator as it is called: ``(picture, condition)``."""

Rejudge = Callable[[Judgement, Tensor], Judgement]
"""What it says of the same pictures under other conditions."""


@dataclass(frozen=True)
class _LazyPenalty:
    name: str
    function: Penalty
    every: int


class Game:
    """The weighted terms of one stage.

    Args:
        section: the run file's table.
        auxiliary: whether the discriminator's classes are beside its score (AC-GAN), so that fakes have one, too. With
            n + 1 classes it is to call every fake a fake, whatever it was asked to be.
    """

    def __init__(self, section: AdversarialSection, *, auxiliary: bool) -> None:
        self.section, self._auxiliary = section, auxiliary
        self.objective = make_objective(section.objective)
        self._penalties = []
        for table in section.penalty:
            options = dict(table)
            every = options.pop("every")
            self._penalties.append(_LazyPenalty(options["kind"].rpartition(":")[2], make_penalty(options), every))

    @property
    def names(self) -> list[str]:
        """Of all terms, as they appear in the log."""
        wanted = self.section
        matching = {"feature_matching": wanted.feature_matching, "feature_means": wanted.feature_means}
        known = [name for name in ("classification", "correlation") if getattr(wanted, name)]
        return [
            "adversarial",
            *(["interpolation"] if wanted.interpolation else []),
            *(name for name, weight in matching.items() if weight),
            *known,
            "discriminator",
            *(f"discriminator_{name}" for name in known),
            *(penalty.name for penalty in self._penalties),
        ]

    @property
    def compares(self) -> bool:
        """Whether the generator's terms look at what is said of real samples."""
        return bool(self.objective.compares or self.section.feature_matching or self.section.feature_means)

    def generator_terms(self, truth: Judgement, judged: Judgement, round_: Round) -> dict[str, Tensor]:
        """What the game adds to the generator's objective.

        Args:
            truth: said of the real samples; anything where `compares` is false, nobody encodes and nothing is unrolled.
            judged: of the fakes.
            round_: what they are.
        """
        wanted, values = self.section, []
        # Who makes the codes of real samples plays on the generator's side; and a discriminator that is looked at ahead
        # of time answers to the generator in what it says of real samples, too (Metz et al. 2017, Eq. 10).
        both = round_.encoded or wanted.unrolled > 0
        for theirs, ours in zip(truth.scores, judged.scores, strict=True):
            values.append(self.objective.generator_loss(ours, theirs if both else theirs.detach()))
            if both and not self.objective.compares:
                values[-1] = values[-1] + self.objective.encoder_loss(theirs)
        terms = {"adversarial": wanted.weight * torch.stack(values).mean()}
        if wanted.feature_matching:
            terms["feature_matching"] = wanted.feature_matching * feature_matching(judged.features, truth.features)
        if wanted.feature_means:
            terms["feature_means"] = wanted.feature_means * feature_means(judged.features, truth.features)
        if wanted.classification and judged.classes is not None and round_.fake_labels is not None:
            terms["classification"] = wanted.classification * classification_loss(judged.classes, round_.fake_labels)
        return terms | self._correlation(judged, round_)

    def discriminator_terms(
        self,
        judge: Judge,
        bare: Judge,
        real: Sample,
        fake: Sample,
        round_: Round,
        *,
        step: int | None,
        autocast: torch.autocast,
        rejudge: Rejudge | None = None,
    ) -> tuple[dict[str, Tensor], Judgement, Judgement]:
        """What the discriminator minimises, and what it says of both sides.

        Args:
            judge: for the scores.
            bare: for penalties: compiled networks cannot be differentiated twice.
            real: true samples as they are shown.
            fake: generated ones.
            round_: what they are.
            step: of the stage, for lazy penalties; None: as if they were due in every step.
            autocast: precision of the scores; penalties are computed in float32.
            rejudge: for other conditions of samples that were judged; None judges them again.
        """
        wrong = None
        with autocast:
            truth, judged = judge(*real), judge(*fake)
            if self.section.wrong:
                assert round_.wrong is not None
                wrong = judge(real.picture, round_.wrong) if rejudge is None else rejudge(truth, round_.wrong)
        distance = self.objective.distance(_items(real), _items(fake))
        mismatched = [None] * len(truth.scores) if wrong is None else wrong.scores
        values = [
            self.objective.discriminator_loss(theirs, ours, distance=distance, wrong=others)
            for theirs, ours, others in zip(truth.scores, judged.scores, mismatched, strict=True)
        ]
        terms = {"discriminator": torch.stack(values).mean()}
        if self.section.classification:
            terms["discriminator_classification"] = self.section.classification * self._classes(truth, judged, round_)
        for name, term in self._correlation(judged, round_).items():
            terms[f"discriminator_{name}"] = term
        for penalty in self._penalties:
            if step is None or step % penalty.every == 0:
                with torch.autocast(real.picture.device.type, enabled=False):
                    value = penalty.function(functools.partial(_scores, bare), real, fake)
                terms[penalty.name] = value if step is None else penalty.every * value
        return terms, truth, judged

    def overfitting(self, truth: list[Tensor], judged: list[Tensor]) -> Tensor:
        """How sure the discriminator is of real samples, -1 to 1, from the scores of both sides."""
        if self.objective.relativistic is not None:  # only differences mean anything
            truth = [compare(real, fake, "average")[0] for real, fake in zip(truth, judged, strict=True)]
            return overfitting(truth)
        return overfitting(truth, self.objective.undecided)

    def _classes(self, truth: Judgement, judged: Judgement, round_: Round) -> Tensor:
        loss = truth.scores[0].new_zeros(())
        if truth.classes is not None and round_.labels is not None:
            loss = loss + classification_loss(truth.classes, round_.labels)
        if self._auxiliary and judged.classes is not None and round_.fake_labels is not None:
            loss = loss + classification_loss(judged.classes, round_.fake_labels)
        return loss

    def interpolation(self, judged: Judgement) -> Tensor:
        """The generator's weighted term for what it makes of texts halfway between two."""
        values = [self.objective.generator_loss(score, score.detach()) for score in judged.scores]
        return self.section.interpolation * torch.stack(values).mean()

    def _correlation(self, judged: Judgement, round_: Round) -> dict[str, Tensor]:
        """O-GAN: both sides want the discriminator's code of a fake to follow what the fake was made of."""
        if not self.section.correlation or judged.code is None or round_.latent is None:
            return {}
        return {"correlation": -self.section.correlation * correlation(round_.latent, judged.code).mean()}


def _scores(judge: Judge, picture: Tensor, condition: Tensor | None) -> list[Tensor]:
    # The counter of operations cannot follow modules that get leaves of the graph.
    return judge(picture.view_as(picture), None if condition is None else condition.view_as(condition)).scores


def _items(sample: Sample) -> list[Tensor]:
    return [part for part in sample if part is not None]
