"""The training loop: batches in, optimiser steps, averaged weights, checkpoints and measurements out."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from srgan.config import expand
from srgan.errors import DivergedError, UsageError
from srgan.files import folder_lock, refuse_full_disk, sha256_file
from srgan.training.assemblies import make_assembly
from srgan.training.checkpoint import (
    Checkpoint,
    newest_checkpoint,
    save_checkpoint,
    save_model,
    tidy_checkpoints,
)
from srgan.training.description import describe_model
from srgan.training.ema import Ema
from srgan.training.history import History
from srgan.training.meter import Meter
from srgan.training.monitor import Monitor, say
from srgan.training.observer import Observer
from srgan.training.parts import choose_device
from srgan.training.processes import join_processes
from srgan.training.recovery import Recovery
from srgan.training.run import Run
from srgan.training.signals import StopRequest
from srgan.training.stage import Stage
from srgan.training.starting import starting_file

__all__ = ["Trainer"]


class _ReturnError(Exception):
    """The present weights or numbers are beyond repair: back to a checkpoint."""


class Trainer:
    """Everything of one run: network, data, optimisers, state.

    Args:
        run: the checked run.

    Raises:
        UsageError: data cannot be used, no GPU where one is asked for, or the run's folder belongs to another run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.processes, self.device = join_processes(choose_device(run.device))
        torch.manual_seed(run.seed)
        self.assembly = make_assembly(run)
        self.generator = self.assembly.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = Ema(self.generator, run.stages[0].train.ema)
        self.step = 0
        self.stage_step = 0
        self.stage_seconds = 0.0
        self.history = History(run.folder, active=self.processes.leads)
        self.recovery = Recovery(run.safety)
        self.meter = Meter()
        self.feeding = self.assembly.feeding(self.processes, self.device)
        self._model: dict[str, Any] = {}
        self._stop = StopRequest()
        wanted = None if run.init is None else run.init.stage
        self.stage = self.make_stage(next((i for i, stage in enumerate(run.stages) if stage.name == wanted), 0))
        self._part_ways(0)

    def make_stage(self, index: int) -> Stage:
        """The parts of a stage, with new optimisers and a new discriminator."""
        stage = self.assembly.stage(index, average=self.ema, processes=self.processes, device=self.device)
        if stage.adversary is not None:  # each drew numbers of its own
            network = stage.adversary.network
            self.processes.share(tensor.detach() for tensor in (*network.parameters(), *network.buffers()))
        return stage

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.run.folder / "checkpoints"

    def train(self) -> Path:
        """Train to the end, continuing from the newest checkpoint if there is one.

        Returns:
            The last checkpoint. SIGINT and SIGTERM save and raise ``SystemExit`` with 130 or 143.

        Raises:
            DivergedError: losses or weights stay not finite after all returns to a checkpoint.
            OutputError: the disk is full or cannot be written (the checkpoints are intact), or the same run is being
                trained by another process.
        """
        run, leads = self.run, self.processes.leads
        self.observer = Observer(
            run, self.history, measurement=self.assembly.measurement(), processes=self.processes, device=self.device
        )
        with refuse_full_disk(run.folder), folder_lock(run.folder) if leads else contextlib.nullcontext():
            if not self._resume():
                self._begin()
            self._train()
        return self.checkpoints / f"step_{self.step:08d}"

    def _train(self) -> None:
        """Train the present stage and those after it."""
        began, status = time.monotonic(), "stopped"
        earlier = self.history.seconds()
        try:
            remaining = sum(stage.train.steps for stage in self.run.stages[self.stage.index :]) - self.stage_step
            monitor = self.observer.start(self.step, self.step + remaining, self.feeding.digest)
            self.history.tell("running", self.step, earlier)
            with self._stop.listening():
                self._train_stage(monitor)
                while self.stage.index + 1 < len(self.run.stages):
                    self._next_stage()
                    self._train_stage(monitor)
            status = "finished"
        except DivergedError:
            status = "diverged"
            raise
        finally:
            self.observer.close()
            self.history.tell(status, self.step, earlier + time.monotonic() - began)

    def _begin(self) -> None:
        """The start of a run: weights from elsewhere, and a checkpoint that it can go back to."""
        init = self.run.init
        self.history.rewind(0)
        if init is not None:
            weights = expand(init.weights, key="init.weights")
            summary = self.assembly.start_from(weights, partial=init.partial)
            say(f"starting from {init.weights}: {summary}")
            self.ema.restart()
            digest = sha256_file(starting_file(weights))
            self._model["init"] = {"weights": str(init.weights), "sha256": digest, "loaded": summary}
        self.save()

    def _next_stage(self) -> None:
        """The averaged weights are what the next stage begins with; its optimisers are new."""
        self.generator.load_state_dict(self.ema.network.state_dict())
        self.ema.restart()
        self.stage = self.make_stage(self.stage.index + 1)
        self.stage_step, self.stage_seconds = 0, 0.0
        self.meter = Meter()
        say(f"stage {self.stage.section.name}, {self.stage.section.train.steps} steps")

    def _train_stage(self, monitor: Monitor) -> None:
        """Train to the end of the present stage, or to a stop."""
        while not self._over():
            try:
                self._train_segment(monitor)
            except _ReturnError as fault:
                self._go_back(str(fault))
        path = self.run.folder / "stages" / f"{self.stage.section.name}.safetensors"
        self.processes.first(lambda: save_model(path, self.ema.network.state_dict(), self.describe()), self.device)

    def _train_segment(self, monitor: Monitor) -> None:
        """Train while the size of the crops stays the same."""
        section = self.stage.section
        patch = section.data.patch_at(self._progress())
        batches = self.feeding.batches(section, patch)
        source = batches.iterate(self.feeding.position(self.stage.index, self.stage_step * self.stage.draws))
        monitor.begin(self.step, batches)
        try:
            while not self._over() and section.data.patch_at(self._progress()) == patch:
                signal = self._advance(source)
                if signal:
                    self._leave(signal)
        finally:
            source.close()

    def _advance(self, source: Iterator[Any]) -> int:
        """One step and what is due after it.

        Returns:
            The signal on which all processes agree to stop, 0 for none.
        """
        began = time.monotonic()
        rates = self.train_step(source)
        self.stage_seconds += time.monotonic() - began
        # A signal that comes while they agree is not forgotten: it counts after the next step.
        signal, self.stage_seconds = self.processes.highest([self._stop.signal, self.stage_seconds], self.device)
        if self._due(self.run.log_every):
            self.observer.report(self.step, self.stage, self.meter.read(), rates, self.stage_seconds)
        try:
            if self.run.validation is not None and self._due(self.run.validation.every):
                self.observer.validate(self.step, self.stage, self.ema.network, self.describe())
            if self._due(self.run.checkpoint.every):
                self.save()
        except DivergedError:
            raise _ReturnError("a weight") from None
        return int(signal)

    def train_step(self, source: Iterator[Any]) -> dict[str, float]:
        """One step of all players.

        Args:
            source: batches, on the training device.

        Returns:
            The learning rates of the step.
        """
        position = max(float(self.stage_step), self._progress() * self.stage.section.train.steps)
        rates = {name: self.recovery.lr_factor * rate for name, rate in self.stage.rates(position).items()}
        outcome = self.stage.step(lambda: next(source), self.stage_step, rates, progress=self._progress())
        self.step += 1
        self.stage_step += 1
        if outcome.fault is None:
            self.recovery.sound()
            self._note(outcome.values)
        else:
            words = self.recovery.fault(self.step, outcome.fault)
            if words is None:
                raise _ReturnError(outcome.fault)
            self.history.warn(self.step, words)
        return rates

    def _note(self, values: dict[str, Tensor]) -> None:
        """Keep what a step measured; processes share their means."""
        if self.processes.count > 1:
            values = {name: value.detach().float().clone() for name, value in values.items()}
            self.processes.average(values.values())
        self.meter.add(values)
        self.stage.remember(values)

    def _leave(self, signal: int) -> None:
        """Save and end, because a signal asks for it."""
        try:
            self.save()
            say(f"stopped at step {self.step}; the same command continues from there")
        except DivergedError as error:
            say(f"stopped at step {self.step}: {error}; the same command continues from the last checkpoint")
        raise SystemExit(128 + signal)

    def save(self) -> Path:
        """Write a checkpoint of the present state.

        Raises:
            OutputError: the disk does not take it.
            DivergedError: a weight is not finite; nothing was written.
        """

        def write() -> None:
            tensors, players = self.stage.state()
            tensors |= {f"generator.{name}": tensor for name, tensor in self.generator.state_dict().items()}
            sums, counts = self.meter.state()
            tensors |= {**sums, "random.torch": torch.get_rng_state()}
            timed = self.stage.section.train.max_minutes is not None
            state = {
                "run": self.run.fingerprint(),
                "stage": self.stage.index,
                "stage_step": self.stage_step,
                # Only where the clock counts: otherwise equal trainings have equal checkpoints.
                "stage_seconds": self.stage_seconds if timed else 0.0,
                "players": players,
                "meter": counts,
                "recovery": self.recovery.state(),
                "log": self.history.secure(),
            }
            checkpoint = Checkpoint(self.step, self.ema.network.state_dict(), self.describe(), tensors, state)
            save_checkpoint(self.checkpoints, checkpoint, keep=self.run.checkpoint.keep)

        self.processes.first(write, self.device)
        return self.checkpoints / f"step_{self.step:08d}"

    def _resume(self) -> bool:
        self.history.sweep()
        checkpoint = newest_checkpoint(self.checkpoints, warn=say)
        self.processes.wait()  # before the first one writes, all have looked
        if checkpoint is None:
            return False
        if checkpoint.state["run"] != self.run.fingerprint():
            raise UsageError(
                f"{self.run.folder} holds another training (its run file differs); "
                "give this run another name or output, or remove that folder"
            )
        if self.processes.leads:
            tidy_checkpoints(self.checkpoints, checkpoint, keep=self.run.checkpoint.keep)
        self._restore(checkpoint)
        self.recovery.restore(checkpoint.state["recovery"])
        say(f"continuing {self.run.name} from step {self.step}")
        if checkpoint.metadata.get("data_hash") != self.feeding.digest:
            words = "the pictures are no longer those that this training had so far"
            self.history.warn(self.step, f"{words}; the model will name the new ones only")
        return True

    def _go_back(self, what: str) -> None:
        """Return to the newest checkpoint and go on more slowly.

        Raises:
            DivergedError: that has been done too often.
        """
        self.recovery.roll_back(self.step, what)
        step = self.step
        checkpoint = newest_checkpoint(self.checkpoints, warn=say)
        if checkpoint is None:
            raise DivergedError(f"step {step}: {what} is not finite, and there is no checkpoint to go back to")
        self._restore(checkpoint)
        rates = f"learning rates times {self.recovery.lr_factor:g} from here on"
        self.history.warn(self.step, f"step {step}: {what} is not finite; back to step {self.step}, {rates}")

    def _restore(self, checkpoint: Checkpoint) -> None:
        state = checkpoint.state
        if state["stage"] != self.stage.index:
            self.stage = self.make_stage(state["stage"])
        self.ema.network.load_state_dict(checkpoint.model)
        prefix = "generator."
        tensors = checkpoint.tensors
        self.generator.load_state_dict(
            {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        )
        self.stage.restore(tensors, state["players"])
        self.meter.restore(tensors, state["meter"], self.device)
        self.history.rewind(state["log"])
        if "init" in checkpoint.metadata:
            self._model["init"] = checkpoint.metadata["init"]
        torch.set_rng_state(tensors["random.torch"])
        self._part_ways(checkpoint.step)
        self.step, self.stage_step, self.stage_seconds = checkpoint.step, state["stage_step"], state["stage_seconds"]

    def _part_ways(self, step: int) -> None:
        """Let the processes draw different random numbers from here on: latent vectors, points, noise."""
        if not self.processes.leads:
            torch.manual_seed(hash((self.run.seed, self.processes.rank, step)) % 2**63)

    def describe(self) -> dict[str, Any]:
        """What travels with the weights: JSON values."""
        if "version" not in self._model:
            self._model |= describe_model(self.run, self.assembly.description())
        return {**self._model, "data_hash": self.feeding.digest, "step": self.step, "stage": self.stage.section.name}

    def _progress(self) -> float:
        """Share of the present stage that is done; the clock counts where it is ahead."""
        train = self.stage.section.train
        done = self.stage_step / train.steps
        return done if train.max_minutes is None else max(done, self.stage_seconds / (60.0 * train.max_minutes))

    def _over(self) -> bool:
        return self._progress() >= 1.0

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self._over()
