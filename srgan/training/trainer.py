"""The training loop: batches in, optimiser steps, averaged weights, checkpoints and measurements out."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from srgan import __version__
from srgan.config import expand
from srgan.data import Batch, Batches, CropSampler, data_hash, load_pairs
from srgan.data.degradations import make_degradation
from srgan.errors import DivergedError, UsageError
from srgan.networks import Generator, receptive_field
from srgan.tasks import SuperResolution
from srgan.training.checkpoint import Checkpoint, newest_checkpoint, save_checkpoint
from srgan.training.ema import Ema
from srgan.training.monitor import Monitor, say
from srgan.training.run import Run, find_pairs, make_generator, make_losses
from srgan.training.schedule import warmup_cosine
from srgan.training.validation import Validation

__all__ = ["Trainer"]


class Trainer:
    """Everything of one run: network, data, optimiser, state.

    Args:
        run: the checked run.

    Raises:
        UsageError: data cannot be used, no GPU where one is asked for, or the run's folder belongs to another run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.device = _device(run.train.device)
        torch.manual_seed(run.seed)
        generator = make_generator(run.generator).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.generator: Generator = generator
        self.scale = generator.scale
        self.task = SuperResolution(generator, make_losses(run.loss, self.device))
        self.ema = Ema(generator, run.train.ema)
        self.step = 0
        self._optimiser = _optimiser(run, generator)
        self.autocast = torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=run.train.precision == "bf16", cache_enabled=True
        )
        self._stop: int | None = None
        self._metadata: dict[str, Any] = {}

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.run.folder / "checkpoints"

    def train(self) -> Path:
        """Train to the end, continuing from the newest checkpoint if there is one.

        Returns:
            The last checkpoint. SIGINT and SIGTERM save and raise ``SystemExit`` with 130 or 143.

        Raises:
            DivergedError: a loss is not finite.
        """
        self._resume()
        batches = self._batches()
        validation = None if self.run.validation is None else Validation(self.run.validation, self.scale)
        monitor = Monitor(self.run.folder / "tensorboard", steps=self.run.train.steps, start=self.step)
        try:
            with self._stopping():
                self._loop(batches, validation, monitor)
        finally:
            monitor.close()
        return self.checkpoints / f"step_{self.step:08d}"

    def _loop(self, batches: Batches, validation: Validation | None, monitor: Monitor) -> None:
        run, source = self.run, batches.iterate(self.step)
        waited, totals = 0.0, torch.zeros(len(run.loss), device=self.device)
        names = [table["kind"] for table in run.loss]
        try:
            while self.step < run.train.steps and self._stop is None:
                lr = self._learning_rate()
                losses = self.train_step(next(source), lr)
                totals += torch.stack([losses[name].detach() for name in names])
                if self._due(run.log_every):
                    values = dict(zip(names, totals.tolist(), strict=True))
                    totals.zero_()
                    _check_finite(values, self.step)
                    monitor.add(values)
                    monitor.report(self.step, lr=lr, waited=batches.waited - waited)
                    waited = batches.waited
                if validation is not None and self._due(run.validation.every if run.validation else 1):
                    result = validation.measure(self.ema.network, self.device)
                    monitor.validation(self.step, result.metrics, result.images)
                    monitor.restart(self.step)
                    totals.zero_()
                    waited = batches.waited
                if self._due(run.checkpoint.every):
                    self.save()
        finally:
            source.close()
        if self._stop is not None:
            self.save()
            say(f"stopped at step {self.step}; the same command continues from there")
            raise SystemExit(128 + self._stop)

    def train_step(self, batch: Batch, lr: float) -> dict[str, Tensor]:
        """One optimiser step.

        Args:
            batch: pairs on the training device.
            lr: learning rate.

        Returns:
            The weighted losses, scalars.
        """
        for group in self._optimiser.param_groups:
            group["lr"] = lr
        losses = self.task.generator_losses(batch, self.autocast)
        self._optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        if self.run.train.clip is not None:
            nn.utils.clip_grad_norm_(self.generator.parameters(), self.run.train.clip)
        self._optimiser.step()
        self.ema.update()
        self.step += 1
        return losses

    def save(self) -> Path:
        """Write a checkpoint of the present state."""
        tensors = {f"generator.{name}": tensor for name, tensor in self.generator.state_dict().items()}
        scalars: dict[str, dict[str, Any]] = {}
        optimiser = self._optimiser.state_dict()
        for index, values in optimiser["state"].items():
            for name, value in values.items():
                if isinstance(value, Tensor):
                    tensors[f"optimiser.{index}.{name}"] = value
                else:
                    scalars.setdefault(str(index), {})[name] = value
        tensors["random.torch"] = torch.get_rng_state()
        state = {"run": self.run.fingerprint(), "optimiser": scalars, "images": self.step * self.run.train.batch}
        metadata = {**self.describe(), "step": self.step}
        checkpoint = Checkpoint(self.step, self.ema.network.state_dict(), metadata, tensors, state)
        return save_checkpoint(self.checkpoints, checkpoint, keep=self.run.checkpoint.keep)

    def _resume(self) -> None:
        checkpoint = newest_checkpoint(self.checkpoints, warn=say)
        if checkpoint is None:
            return
        if checkpoint.state["run"] != self.run.fingerprint():
            raise UsageError(
                f"{self.run.folder} holds another training (its run file differs); "
                "give this run another name or output, or remove that folder"
            )
        self.generator.load_state_dict(_part(checkpoint.tensors, "generator."))
        self.ema.network.load_state_dict(checkpoint.model)
        state = self._optimiser.state_dict()
        state["state"] = _optimiser_state(checkpoint, list(self.generator.parameters()))
        self._optimiser.load_state_dict(state)
        torch.set_rng_state(checkpoint.tensors["random.torch"])
        self.step = checkpoint.step
        say(f"continuing {self.run.name} from step {self.step}")

    def _batches(self) -> Batches:
        run = self.run
        paths = find_pairs(run.data.high, run.data.low, scale=self.scale, key="data")
        digest = data_hash(paths)
        self._metadata["data_hash"] = digest
        say(f"reading {len(paths)} pictures from {run.data.high}")
        cache = None if run.data.cache is None else expand(run.data.cache, key="data.cache")
        degradation = None if run.data.degradation is None else make_degradation(run.data.degradation)
        store = load_pairs(
            paths,
            self.scale,
            smallest=run.data.patch,
            high_only=degradation is not None,
            cache=cache,
            key=digest,
        )
        sampler = CropSampler(store, patch=run.data.patch, texture=run.data.texture, seed=run.seed)
        return Batches(
            store,
            sampler,
            size=run.train.batch,
            patch=run.data.patch,
            augment=run.data.augment,
            seed=run.seed,
            device=self.device,
            degradation=degradation,
            workers=run.data.workers,
        )

    def describe(self) -> dict[str, Any]:
        """What travels with the weights."""
        if "generator" not in self._metadata:
            self._metadata |= {
                "version": __version__,
                "task": self.run.task,
                "name": self.run.name,
                "generator": self.run.generator,
                "scale": self.scale,
                "range": "0..1",
                "receptive_field": receptive_field(self.generator),
                "multiple_of": self.generator.multiple_of,
                "minimum": self.generator.minimum,
                "licence": self.run.licence,
                "data_licence": self.run.data.licence,
                "training_run": self.run.resolved(),
                "training_run_hash": self.run.fingerprint(),
                "torch": torch.__version__,
            }
        return self._metadata

    def _learning_rate(self) -> float:
        train = self.run.train
        return warmup_cosine(
            self.step, steps=train.steps, warmup=train.warmup, peak=train.lr, final=min(train.final_lr, train.lr)
        )

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.run.train.steps

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """SIGINT and SIGTERM let the current step finish."""

        def request(number: int, _frame: object) -> None:
            self._stop = number

        previous = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def _device(wanted: str) -> torch.device:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("train.device is 'cuda', but torch finds no GPU here; use 'auto' or 'cpu'")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def _optimiser(run: Run, generator: nn.Module) -> torch.optim.Optimizer:
    kind = torch.optim.AdamW if run.train.optimiser == "adamw" else torch.optim.Adam
    return kind(
        generator.parameters(), lr=run.train.lr, betas=run.train.betas, weight_decay=run.train.weight_decay, fused=True
    )


def _optimiser_state(checkpoint: Checkpoint, parameters: list[nn.Parameter]) -> dict[int, dict[str, Any]]:
    """Optimiser state by parameter; tensors take the memory layout of their parameter, as they had it before."""
    state: dict[int, dict[str, Any]] = {index: {} for index in range(len(parameters))}
    for name, tensor in _part(checkpoint.tensors, "optimiser.").items():
        index, key = name.split(".", 1)
        parameter = parameters[int(index)]
        if tensor.shape == parameter.shape:
            tensor = torch.empty_like(parameter, memory_format=torch.preserve_format).copy_(tensor)
        state[int(index)][key] = tensor
    for index, values in checkpoint.state["optimiser"].items():
        state[int(index)] |= values
    return state


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _check_finite(values: dict[str, float], step: int) -> None:
    broken = [name for name, value in values.items() if value != value or abs(value) == float("inf")]
    if broken:
        raise DivergedError(
            f"step {step}: the loss {', '.join(broken)} is not finite; the last checkpoint is intact. "
            "Lower train.lr, set train.clip, or check the data"
        )
