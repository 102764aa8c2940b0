"""The discriminator's side of a stage: what it learns, when it learns, and what it tells the generator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from srgan.adversarial import Penalty, advantage, make_objective, make_penalty
from srgan.losses import feature_matching
from srgan.networks import Discriminator, Judgement
from srgan.training.player import Player
from srgan.training.sections import AdversarialSection

__all__ = ["Adversary"]

_MEMORY = 0.95


@dataclass(frozen=True)
class _LazyPenalty:
    name: str
    function: Penalty
    every: int


class Adversary:
    """The game of one stage.

    Args:
        section: the run file's table.
        discriminator: the network.
        judge: the network as it is called (it may be a compiled one).
        player: its optimiser.
        autocast: precision of the network; penalties are computed in float32.
    """

    def __init__(
        self,
        section: AdversarialSection,
        discriminator: Discriminator,
        judge: Callable[..., Judgement],
        player: Player,
        autocast: torch.autocast,
    ) -> None:
        self.section, self.network, self.player = section, discriminator, player
        self.objective = make_objective(section.objective)
        self.rested = False
        # The running share of places in which the discriminator is right; the guard looks at it.
        self.right = 0.5
        self.scores: dict[str, Tensor] = {}
        self._judge, self._autocast = judge, autocast
        self._penalties = []
        for table in section.penalty:
            options = dict(table)
            every = options.pop("every")
            self._penalties.append(_LazyPenalty(options["kind"], make_penalty(options), every))

    @property
    def names(self) -> list[str]:
        """Of the terms in `generator_losses` and `learn` together, as they appear in the log."""
        matching = ["feature_matching"] if self.section.feature_matching else []
        return ["adversarial", *matching, "discriminator", *(penalty.name for penalty in self._penalties)]

    def generator_losses(self, fake: Tensor, real: Tensor, condition: Tensor | None) -> dict[str, Tensor]:
        """The weighted terms that the game adds to the generator's objective; the discriminator stays as it is."""
        self.player.freeze(True)
        try:
            with self._autocast:
                judged = self._judge(fake, condition)
                truth = judged
                if self.objective.compares or self.section.feature_matching:
                    with torch.no_grad():
                        truth = self._judge(real, condition)
        finally:
            self.player.freeze(False)
        pairs = zip(judged.scores, truth.scores, strict=True)
        values = [self.objective.generator_loss(ours, theirs.detach()) for ours, theirs in pairs]
        terms = {"adversarial": self.section.weight * torch.stack(values).mean()}
        if self.section.feature_matching:
            distance = feature_matching(judged.features, truth.features)
            terms["feature_matching"] = self.section.feature_matching * distance
        return terms

    def learn(
        self, fake: Tensor, real: Tensor, condition: Tensor | None, *, step: int, share: float
    ) -> dict[str, Tensor]:
        """Add up the discriminator's gradients of one part of a batch.

        Args:
            fake: generated pictures; no gradient goes back to them.
            real: true ones.
            condition: what it sees besides.
            step: of the stage, for lazy penalties.
            share: of the batch that this part is.

        Returns:
            The terms of its loss, scalars, and what `measure` gives.
        """
        with self._autocast:
            truth, judged = self._judge(real, condition), self._judge(fake.detach(), condition)
        values = [
            self.objective.discriminator_loss(real_scores, fake_scores)
            for real_scores, fake_scores in zip(truth.scores, judged.scores, strict=True)
        ]
        terms = {"discriminator": torch.stack(values).mean()}
        for penalty in self._penalties:
            if step % penalty.every == 0:
                terms[penalty.name] = penalty.every * self._penalty(penalty, real, fake, condition)
        self.player.backward(share * torch.stack(list(terms.values())).sum())
        return {name: term.detach() for name, term in terms.items()} | self._measures(truth, judged)

    def _penalty(self, penalty: _LazyPenalty, real: Tensor, fake: Tensor, condition: Tensor | None) -> Tensor:
        def scores(pictures: Tensor) -> list[Tensor]:
            # The network itself: compiled ones cannot be differentiated twice.
            judged: Judgement = self.network(pictures, condition)
            return judged.scores

        with torch.autocast(real.device.type, enabled=False):
            return penalty.function(scores, real, fake.detach())

    @torch.no_grad()
    def measure(self, fake: Tensor, real: Tensor, condition: Tensor | None) -> dict[str, Tensor]:
        """The measures of a step in which the discriminator rests."""
        with self._autocast:
            return self._measures(self._judge(real, condition), self._judge(fake, condition))

    def _measures(self, truth: Judgement, judged: Judgement) -> dict[str, Tensor]:
        real, fake = truth.scores[0].detach().float(), judged.scores[0].detach().float()
        self.scores = {"real": real, "fake": fake}
        return {
            "advantage": advantage(real, fake),
            "real_score": real.mean(),
            "fake_score": fake.mean(),
            "rested": torch.tensor(float(self.rested), device=real.device),
        }

    def remember(self, right: Tensor) -> None:
        """Note in how many places the discriminator was right in a step, over all processes."""
        if self.section.guard is not None:
            self.right = _MEMORY * self.right + (1.0 - _MEMORY) * float(right)

    def learns(self, step: int) -> bool:
        """Whether the discriminator's weights change in this step of the stage."""
        self.rested = self.section.guard is not None and self.right > self.section.guard
        return step % self.section.every == 0 and not self.rested

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON values for a checkpoint."""
        tensors, scalars = self.player.state("discriminator_optimiser")
        tensors |= {f"discriminator.{name}": tensor for name, tensor in self.network.state_dict().items()}
        return tensors, {"optimiser": scalars, "right": self.right}

    def restore(self, tensors: dict[str, Tensor], scalars: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        mine = {k.removeprefix("discriminator."): t for k, t in tensors.items() if k.startswith("discriminator.")}
        self.network.load_state_dict(mine)
        prefix = "discriminator_optimiser."
        moments = {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
        self.player.restore(moments, scalars["optimiser"])
        self.right = scalars["right"]
