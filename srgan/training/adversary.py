"""The discriminator's side of a stage: when it learns, and what it tells the generator."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from srgan.adversarial import Sample, SamplePool, adam_rates, advantage, unrolled
from srgan.networks import Discriminator, Judgement
from srgan.tasks import Round
from srgan.training.game import Game, Judge, Rejudge
from srgan.training.player import Player
from srgan.training.presenting import Presentation
from srgan.training.sections import AdversarialSection

__all__ = ["Adversary", "Moment"]

_MEMORY = 0.95


@dataclass(frozen=True)
class Moment:
    """When something happens.

    Attributes:
        step: of the stage, from 0.
        progress: share of the stage that is done.
    """

    step: int
    progress: float


class Adversary:
    """The game of one stage.

    Args:
        section: the run file's table.
        discriminator: the network.
        judge: the network as it is called (it may be a compiled one).
        player: its optimiser.
        autocast: precision of the network; penalties and unrolled steps are computed in float32.
    """

    def __init__(
        self,
        section: AdversarialSection,
        discriminator: Discriminator,
        judge: Judge,
        player: Player,
        autocast: torch.autocast,
    ) -> None:
        self.section, self.network, self.player = section, discriminator, player
        self.game = Game(section, auxiliary=getattr(discriminator, "head", None) == "auxiliary")
        self.presentation = Presentation(section)
        self.pool = SamplePool(section.pool) if section.pool else None
        self.rested = False
        # The running share of places in which the discriminator is right; the guard looks at it.
        self.right = 0.5
        self.scores: dict[str, Tensor] = {}
        self._autocast = autocast
        self._judge = self.presentation.opened(judge)
        late = getattr(discriminator, "conditioning", "input") == "concatenate"
        self._rejudge: Rejudge | None = getattr(discriminator, "rejudge", None) if late else None
        # Penalties call the network itself: compiled ones cannot be differentiated twice.
        self._bare = self.presentation.opened(discriminator)

    @property
    def names(self) -> list[str]:
        """Of the terms in `generator_losses` and `learn` together, as they appear in the log."""
        return self.game.names

    def generator_losses(self, round_: Round, moment: Moment) -> dict[str, Tensor]:
        """The weighted terms that the game adds to the generator's objective; the discriminator stays as it is."""
        real, fake = self.presentation(round_, moment.progress)
        between = None
        judge = self._ahead(real, fake, round_) if self.section.unrolled else self._judge
        self.player.freeze(True)
        try:
            with self._autocast:
                judged = judge(*fake)
                truth = judged
                if round_.encoded or self.section.unrolled:
                    truth = judge(*real)
                elif self.game.compares:
                    with torch.no_grad():
                        truth = judge(*real)
                if self.section.interpolation:
                    between = judge(*self._between(round_, moment))
        finally:
            self.player.freeze(False)
        terms = self.game.generator_terms(truth, judged, round_)
        return terms if between is None else terms | {"interpolation": self.game.interpolation(between)}

    def _between(self, round_: Round, moment: Moment) -> Sample:
        """What the generator makes of texts halfway between two, as it is shown."""
        assert round_.between is not None
        count = len(round_.between)
        alone = Round(round_.real[:count], round_.between, round_.between_condition)
        return self.presentation(alone, moment.progress)[1]

    def encoded(self, round_: Round) -> Round:
        """The round with the codes that the discriminator gives real samples, where it is an encoder (O-GAN).

        The loss that is made of them teaches both players: the gradient stays until the discriminator's own is added.
        """
        if round_.code is not None:
            return round_
        with self._autocast:
            code = self.network(round_.real, round_.conditions[0]).code
        assert code is not None
        return dataclasses.replace(round_, code=code.float())

    def _ahead(self, real: Sample, fake: Sample, round_: Round) -> Judge:
        """The discriminator as it will be after some steps from here, which depends on the generator."""

        def at(weights: Mapping[str, Tensor]) -> Judge:
            def judge(picture: Tensor, condition: Tensor | None = None) -> Judgement:
                judged: Judgement = functional_call(self.network, dict(weights), (picture, condition))
                return judged

            return self.presentation.opened(judge)

        exact = torch.autocast(real.picture.device.type, enabled=False)

        def loss(weights: dict[str, Tensor]) -> Tensor:
            judge = at(weights)
            terms, _, _ = self.game.discriminator_terms(judge, judge, real, fake, round_, step=None, autocast=exact)
            return torch.stack(list(terms.values())).sum()

        weights = dict(self.network.named_parameters())
        rates = adam_rates(self.player.optimiser, weights)
        # It is a look ahead: running statistics must not notice.
        buffers = [(buffer, buffer.clone()) for buffer in self.network.buffers()]
        with exact:
            later = unrolled(weights, loss, steps=self.section.unrolled, rates=rates)
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)
        return at(later)

    def learn(self, round_: Round, moment: Moment, *, share: float) -> dict[str, Tensor]:
        """Add up the discriminator's gradients of one part of a batch.

        Args:
            round_: generated and true samples; no gradient goes back to them.
            moment: for lazy penalties and falling noise.
            share: of the batch that this part is.

        Returns:
            The terms of its loss, scalars, and what `measure` gives.
        """
        round_ = self._pooled(round_.detached())
        real, fake = self.presentation(round_, moment.progress)
        terms, truth, judged = self.game.discriminator_terms(
            self._judge,
            self._bare,
            real,
            fake,
            round_,
            step=moment.step,
            autocast=self._autocast,
            rejudge=self._rejudge,
        )
        self.player.backward(share * torch.stack(list(terms.values())).sum())
        return {name: term.detach() for name, term in terms.items()} | self._measures(truth, judged)

    def _pooled(self, round_: Round) -> Round:
        """The round with earlier fakes among its own."""
        if self.pool is None:
            return round_
        fake = self.pool(Sample(round_.fake, round_.conditions[1]))
        return dataclasses.replace(round_, fake=fake.picture, fake_condition=fake.condition)

    def step(self, rate: float) -> None:
        """Change the discriminator's weights."""
        self.player.step(rate)
        self.game.objective.project(self.network)

    @torch.no_grad()
    def measure(self, round_: Round, moment: Moment) -> dict[str, Tensor]:
        """The measures of a step in which the discriminator rests."""
        real, fake = self.presentation(round_.detached(), moment.progress)
        with self._autocast:
            return self._measures(self._judge(*real), self._judge(*fake))

    def _measures(self, truth: Judgement, judged: Judgement) -> dict[str, Tensor]:
        real, fake = truth.scores[0].detach().float(), judged.scores[0].detach().float()
        self.scores = {"real": real, "fake": fake}
        measures = {
            "advantage": advantage(real, fake),
            "real_score": real.mean(),
            "fake_score": fake.mean(),
            "rested": torch.tensor(float(self.rested), device=real.device),
        }
        if self.presentation.adaptive is not None:
            measures["overfitting"] = self.game.overfitting(truth.scores, judged.scores)
            measures["augmented"] = real.new_tensor(self.presentation.adaptive.probability)
        return measures

    def remember(self, measures: Mapping[str, Tensor], images: int) -> None:
        """Draw the consequences of a step for the next ones.

        Args:
            measures: of the step, means over all processes.
            images: real ones that it showed, over all processes.
        """
        if self.section.guard is not None and "advantage" in measures:
            self.right = _MEMORY * self.right + (1.0 - _MEMORY) * float(measures["advantage"])
        if self.presentation.adaptive is not None and "overfitting" in measures:
            self.presentation.adaptive.update(float(measures["overfitting"]), images)

    def learns(self, step: int) -> bool:
        """Whether the discriminator's weights change in this step of the stage."""
        self.rested = self.section.guard is not None and self.right > self.section.guard
        return step % self.section.every == 0 and not self.rested

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON values for a checkpoint."""
        tensors, scalars = self.player.state("discriminator_optimiser")
        tensors |= {f"discriminator.{name}": tensor for name, tensor in self.network.state_dict().items()}
        if self.pool is not None:
            tensors |= {f"discriminator_pool.{name}": tensor for name, tensor in self.pool.state().items()}
        return tensors, {"optimiser": scalars, "right": self.right, **self.presentation.state()}

    def restore(self, tensors: dict[str, Tensor], scalars: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        mine = {k.removeprefix("discriminator."): t for k, t in tensors.items() if k.startswith("discriminator.")}
        self.network.load_state_dict(mine)
        prefix = "discriminator_optimiser."
        moments = {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
        self.player.restore(moments, scalars["optimiser"])
        self.right = scalars["right"]
        if self.pool is not None:
            prefix = "discriminator_pool."
            self.pool.restore({k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)})
        self.presentation.restore(scalars)
