"""One stage at work: the step in which generator and discriminator learn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from srgan.data import Batch
from srgan.errors import UsageError
from srgan.networks import Generator
from srgan.tasks import SuperResolution
from srgan.training.adversary import Adversary
from srgan.training.ema import Ema
from srgan.training.health import picture_health
from srgan.training.parts import make_discriminator, make_losses
from srgan.training.player import Player
from srgan.training.processes import Processes
from srgan.training.schedule import learning_rate
from srgan.training.sections import StageSection

__all__ = ["Stage", "Step"]

# The game's share of the gradient costs a second backward pass to the pictures: every so many steps are enough.
# Compiled networks allow only one.
_INSPECTED = 50
_PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Step:
    """What came out of a step: its measures (scalars), and what was not finite; then no weight has changed."""

    values: dict[str, Tensor]
    fault: str | None


class Stage:
    """The parts of a stage, and the step that they make together.

    Args:
        section: the run file's tables.
        index: its place among the stages.
        generator: the network of the whole run.
        average: its averaged weights.
        processes: that share every batch.
        device: of the networks.
    """

    def __init__(
        self,
        section: StageSection,
        index: int,
        *,
        generator: Generator,
        average: Ema,
        processes: Processes,
        device: torch.device,
    ) -> None:
        self.section, self.index = section, index
        self.average = average
        average.decay = section.train.ema
        self._processes, self._device = processes, device
        self.autocast = torch.autocast(
            device.type, dtype=_PRECISIONS[section.train.precision], enabled=section.train.precision != "fp32"
        )
        self.task = SuperResolution(
            self._callable(generator),
            average.network,
            make_losses(section.loss, device),
            scale=generator.scale,
            autocast=self.autocast,
        )
        self.player = self._player(generator, section.train)
        self.adversary = self._adversary()
        self._buffers = [*generator.buffers(), *(self.adversary.network.buffers() if self.adversary else [])]

    def _callable(self, network: torch.nn.Module) -> Callable[..., Any]:
        """The network as it is called: compiled where that is wanted; its weights stay its own."""
        return torch.compile(network) if self.section.train.compile else network

    def _player(self, network: torch.nn.Module, settings: Any) -> Player:  # noqa: ANN401 - two sections that share names
        half = self.section.train.precision == "fp16"
        return Player(
            network,
            optimiser=settings.optimiser,
            lr=settings.lr,
            betas=settings.betas,
            weight_decay=settings.weight_decay,
            clip=settings.clip,
            scaler=torch.amp.GradScaler(self._device.type) if half else None,
            processes=self._processes,
        )

    def _adversary(self) -> Adversary | None:
        game, table = self.section.adversarial, self.section.discriminator
        if game is None or table is None:
            return None
        channels = self.task.condition_channels if game.condition else 0
        network = make_discriminator(table, condition_channels=channels)
        network = network.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return Adversary(game, network, self._callable(network), self._player(network, game), self.autocast)

    @property
    def draws(self) -> int:
        """Batches that one step takes."""
        return 1 if self.section.adversarial is None else self.section.adversarial.steps

    @property
    def names(self) -> list[str]:
        """Of the losses, in the order of the log."""
        return [*self.task.names, *(self.adversary.names if self.adversary else [])]

    def rates(self, position: float) -> dict[str, float]:
        """The learning rates at this place of the stage, in steps."""
        train = self.section.train
        peaks = {"generator": train.lr}
        if self.section.adversarial is not None:
            peaks["discriminator"] = self.section.adversarial.lr
        return {
            name: learning_rate(
                train.schedule,
                position,
                steps=train.steps,
                warmup=train.warmup,
                peak=peak,
                final=train.final_lr,
                milestones=train.milestones,
                gamma=train.gamma,
            )
            for name, peak in peaks.items()
        }

    def step(self, draw: Callable[[], Batch], step: int, rates: dict[str, float]) -> Step:
        """Let both sides learn once (the discriminator more often, where it shall).

        Args:
            draw: gives the next batch.
            step: of the stage, from 0.
            rates: learning rates of ``generator`` and ``discriminator``.
        """
        game, adversary = self.section.adversarial, self.adversary
        plays = game is None or step >= game.warmup
        learns = adversary is not None and adversary.learns(step)
        practised = True
        for _ in range(self.draws - 1):
            batch = draw()
            if adversary is not None and learns:
                practised &= self._practise(adversary, batch, step, rates["discriminator"])
        kept = self._keep_buffers()
        values = self._gradients(draw(), step, plays=plays, learns=learns)
        norms = {"generator": self.player.prepare()} if plays else {}
        if adversary is not None and learns:
            norms["discriminator"] = adversary.player.prepare()
        players = {"generator": self.player} | ({"discriminator": adversary.player} if adversary else {})
        fault = self._fault(norms, values) or (None if practised else "the discriminator's gradient")
        if fault is not None:
            self._put_back(kept)
            usual = [players[name].leave_out() for name in norms]
            return Step({}, None if any(usual) else fault)
        for name in norms:
            players[name].step(rates[name])
        if plays:
            self.average.update()
        values |= {f"gradient_{name}": norm for name, norm in norms.items()}
        return Step(values, None)

    def _keep_buffers(self) -> list[Tensor]:
        return [buffer.clone() for buffer in self._buffers]

    def _put_back(self, kept: list[Tensor]) -> None:
        """Statistics of batches and the like change in the forward pass already; a step left out undoes that."""
        for buffer, before in zip(self._buffers, kept, strict=True):
            buffer.copy_(before)

    def _practise(self, adversary: Adversary, batch: Batch, step: int, rate: float) -> bool:
        """One more update of the discriminator, on a batch of its own; false if its gradient is not finite."""
        kept = self._keep_buffers()
        with torch.no_grad():
            fake = self.task.generate(batch)
        adversary.player.clear()
        adversary.learn(fake, batch.high, self.condition(batch), step=step, share=1.0)
        norm = adversary.player.prepare()
        if bool(torch.isfinite(norm)):
            adversary.player.step(rate)
            return True
        self._put_back(kept)
        return adversary.player.leave_out()

    def _gradients(self, batch: Batch, step: int, *, plays: bool, learns: bool) -> dict[str, Tensor]:
        """Work through a batch, in parts; the measures are means over them."""
        count = self.section.train.accumulate
        self.player.clear()
        if self.adversary is not None:
            self.adversary.player.clear()
        sums: dict[str, Tensor] = {}
        for low, high in zip(batch.low.chunk(count), batch.high.chunk(count), strict=True):
            for name, value in self._part(Batch(low, high), step, 1 / count, plays=plays, learns=learns).items():
                sums[name] = sums.get(name, 0.0) + value / count
        return sums

    def _part(self, batch: Batch, step: int, share: float, *, plays: bool, learns: bool) -> dict[str, Tensor]:
        adversary, condition = self.adversary, self.condition(batch)
        values: dict[str, Tensor] = {}
        with torch.set_grad_enabled(plays):
            fake = self.task.generate(batch)
        if plays:
            terms = self.task.generator_losses(fake, batch)
            if adversary is not None:
                terms |= adversary.generator_losses(fake, batch.high, condition)
                if step % _INSPECTED == 0 and not self.section.train.compile:
                    values["game_share"] = _share(terms, fake)
            self.player.backward(share * torch.stack(list(terms.values())).sum())
            values |= {name: term.detach() for name, term in terms.items()}
        if adversary is not None:
            real, fake = batch.high, fake.detach()
            if learns:
                values |= adversary.learn(fake, real, condition, step=step, share=share)
            else:
                values |= adversary.measure(fake, real, condition)
            values |= picture_health(fake, real)
        return values

    def condition(self, batch: Batch) -> Tensor | None:
        """What the discriminator sees beside the picture, if anything."""
        game = self.section.adversarial
        return self.task.condition(batch) if game is not None and game.condition else None

    def _fault(self, norms: dict[str, Tensor], values: dict[str, Tensor]) -> str | None:
        """What is not finite, agreed upon by all processes."""
        # Losses first: they say more about the cause than the gradients that follow from them.
        losses = {f"the loss {name}": values[name] for name in self.names if name in values}
        measures = {f"the measure {name}": value for name, value in values.items() if name not in self.names}
        gradients = {f"the {name}'s gradient": norm for name, norm in norms.items()}
        looked = losses | gradients | measures
        sound = torch.isfinite(torch.stack([tensor.detach().float() for tensor in looked.values()])).tolist()
        broken = [name for name, good in zip(looked, sound, strict=True) if not good]
        if self._processes.highest([float(bool(broken))], self._device)[0] == 0:
            return None
        return broken[0] if broken else "a number of another process"

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON values of the optimisers and the discriminator, for a checkpoint."""
        tensors, scalars = self.player.state("optimiser")
        if self.adversary is None:
            return tensors, {"optimiser": scalars}
        more, game = self.adversary.state()
        return tensors | more, {"optimiser": scalars, "adversary": game}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Take back what `state` gave.

        Raises:
            UsageError: the checkpoint is of a stage with other players.
        """
        if (self.adversary is None) != ("adversary" not in state):
            raise UsageError(f"the checkpoint does not belong to the stage {self.section.name!r}")
        mine = {name.removeprefix("optimiser."): t for name, t in tensors.items() if name.startswith("optimiser.")}
        self.player.restore(mine, state["optimiser"])
        if self.adversary is not None:
            self.adversary.restore(tensors, state["adversary"])


def _share(terms: dict[str, Tensor], fake: Tensor) -> Tensor:
    """Norm of the adversarial term's gradient over that of all terms together, both at the pictures."""
    whole = torch.stack(list(terms.values())).sum()
    norms = [torch.autograd.grad(term, fake, retain_graph=True)[0].norm() for term in (terms["adversarial"], whole)]
    share: Tensor = norms[0] / norms[1].clamp(min=torch.finfo(torch.float32).tiny)
    return share
