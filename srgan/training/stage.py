"""One stage at work: the step in which generator and discriminator learn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from srgan.errors import UsageError
from srgan.networks import Discriminator
from srgan.tasks import Round, Task, parts_of
from srgan.training.adversary import Adversary, Moment
from srgan.training.ema import Ema
from srgan.training.health import picture_health
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
        network: what the generator's side trains: the generator of the whole run, and what learns with it.
        average: its averaged weights.
        make_task: called with the network as it is to be called and the precision.
        make_discriminator: called in a stage with a game.
        processes: that share every batch.
        device: of the networks.
    """

    def __init__(
        self,
        section: StageSection,
        index: int,
        *,
        network: nn.Module,
        average: Ema,
        make_task: Callable[[Callable[..., Any], torch.autocast], Task],
        make_discriminator: Callable[[], Discriminator],
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
        self.task = make_task(self._callable(network), self.autocast)
        self.player = self._player(network, section.train)
        self.adversary = None if section.adversarial is None else self._adversary(make_discriminator())
        self._buffers = [*network.buffers(), *(self.adversary.network.buffers() if self.adversary else [])]

    def _callable(self, network: nn.Module) -> Callable[..., Any]:
        """The network as it is called: compiled where that is wanted; its weights stay its own."""
        return torch.compile(network) if self.section.train.compile else network

    def _player(self, network: nn.Module, settings: Any) -> Player:  # noqa: ANN401 - two sections that share names
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

    def _adversary(self, network: Discriminator) -> Adversary:
        game = self.section.adversarial
        assert game is not None
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

    def step(
        self, draw: Callable[[], Any], step: int, rates: dict[str, float], *, progress: float | None = None
    ) -> Step:
        """Let both sides learn once (the discriminator more often, where it shall).

        Args:
            draw: gives the next batch.
            step: of the stage, from 0.
            rates: learning rates of ``generator`` and ``discriminator``.
            progress: share of the stage that is done; None: that of its steps.
        """
        game, adversary = self.section.adversarial, self.adversary
        moment = Moment(step, step / self.section.train.steps if progress is None else progress)
        plays = game is None or step >= game.warmup
        learns = adversary is not None and adversary.learns(step)
        practised = True
        for _ in range(self.draws - 1):
            batch = draw()
            if adversary is not None and learns:
                practised &= self._practise(adversary, batch, moment, rates["discriminator"])
        kept = self._keep_buffers()
        values = self._gradients(draw(), moment, plays=plays, learns=learns)
        norms = {"generator": self.player.prepare()} if plays else {}
        if adversary is not None and learns:
            norms["discriminator"] = adversary.player.prepare()
        fault = self._fault(norms, values) or (None if practised else "the discriminator's gradient")
        if fault is not None:
            self._put_back(kept)
            players = {"generator": self.player} | ({"discriminator": adversary.player} if adversary else {})
            usual = [players[name].leave_out() for name in norms]
            return Step({}, None if any(usual) else fault)
        if plays:
            self.player.step(rates["generator"])
            self.task.settle()
            self.average.update()
        if adversary is not None and learns:
            adversary.step(rates["discriminator"])
        if adversary is not None and step == 0:  # a discriminator may keep what it saw first
            self._processes.share(adversary.network.buffers())
        values |= {f"gradient_{name}": norm for name, norm in norms.items()}
        return Step(values, None)

    def remember(self, values: dict[str, Tensor]) -> None:
        """Draw the consequences of a step for the next ones, from means over all processes."""
        if self.adversary is not None:
            self.adversary.remember(values, self.section.train.batch)

    def _keep_buffers(self) -> list[Tensor]:
        return [buffer.clone() for buffer in self._buffers]

    def _put_back(self, kept: list[Tensor]) -> None:
        """Statistics of batches and the like change in the forward pass already; a step left out undoes that."""
        for buffer, before in zip(self._buffers, kept, strict=True):
            buffer.copy_(before)

    def _practise(self, adversary: Adversary, batch: Any, moment: Moment, rate: float) -> bool:  # noqa: ANN401
        """One more update of the discriminator, on a batch of its own; false if its gradient is not finite."""
        kept = self._keep_buffers()
        with torch.no_grad():
            round_ = self.task.play(batch)
        adversary.player.clear()
        adversary.learn(round_, moment, share=1.0)
        norm = adversary.player.prepare()
        if bool(torch.isfinite(norm)):
            adversary.step(rate)
            return True
        self._put_back(kept)
        return adversary.player.leave_out()

    def _gradients(self, batch: Any, moment: Moment, *, plays: bool, learns: bool) -> dict[str, Tensor]:  # noqa: ANN401
        """Work through a batch, in parts; the measures are means over them."""
        count = self.section.train.accumulate
        self.player.clear()
        if self.adversary is not None:
            self.adversary.player.clear()
        sums: dict[str, Tensor] = {}
        for part in parts_of(batch, count):
            for name, value in self._part(part, moment, 1 / count, plays=plays, learns=learns).items():
                sums[name] = sums.get(name, 0.0) + value / count
        return sums

    def _part(self, batch: Any, moment: Moment, share: float, *, plays: bool, learns: bool) -> dict[str, Tensor]:  # noqa: ANN401
        adversary = self.adversary
        values: dict[str, Tensor] = {}
        with torch.set_grad_enabled(plays):
            round_ = self.task.play(batch)
            if adversary is not None and self.task.reconstructs:
                round_ = adversary.encoded(round_)
        if plays:
            terms = self.task.generator_losses(round_, batch)
            if adversary is not None:
                terms |= adversary.generator_losses(round_, moment)
                if moment.step % _INSPECTED == 0 and not self.section.train.compile:
                    values["game_share"] = _share(terms, round_.fake)
            self.player.backward(share * torch.stack(list(terms.values())).sum())
            values |= {name: term.detach() for name, term in terms.items()}
        if adversary is not None:
            if learns:
                values |= adversary.learn(round_, moment, share=share)
            else:
                values |= adversary.measure(round_, moment)
            values |= _health(round_)
        return values

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


def _health(round_: Round) -> dict[str, Tensor]:
    return picture_health(round_.fake.detach(), round_.real) if round_.real.ndim == 4 else {}
