"""What `test_processes` does in each of two processes; started with the environment that torchrun gives."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from srgan.data import Batch
from srgan.errors import DivergedError, OutputError
from srgan.tasks import GenerationModel
from srgan.training import Checkpoint, save_checkpoint
from srgan.training import trainer as module
from tests.ending import end
from tests.training.toys import make_trainer

__all__ = ["main"]

Outcome = dict[str, Any] | None


def stopped(run_file: Path, output: Path, overrides: list[str]) -> Outcome:
    """SIGTERM comes to the second process alone, in its 11th step."""
    trainer = make_trainer(run_file, output, *overrides)
    step = trainer.train_step

    def interrupted(source: Iterator[Batch]) -> dict[str, float]:
        if trainer.step == 10 and not trainer.processes.leads:
            signal.raise_signal(signal.SIGTERM)
        return step(source)

    trainer.train_step = interrupted  # type: ignore[method-assign]
    try:
        trainer.train()
    except SystemExit as end:
        return {"code": end.code, "step": trainer.step}
    return None


def full_disk(run_file: Path, output: Path, overrides: list[str]) -> Outcome:
    """The first process cannot save its second checkpoint."""
    trainer = make_trainer(run_file, output, "checkpoint.every=4", *overrides)
    with _failing(OutputError("the disk is full"), at=4):
        try:
            trainer.train()
        except OutputError as error:
            return {"said": str(error), "step": trainer.step}
    return None


def broken_weights(run_file: Path, output: Path, overrides: list[str]) -> Outcome:
    """The first process finds weights that are not finite when it saves; both go back and on."""
    trainer = make_trainer(run_file, output, "checkpoint.every=4", *overrides)
    with _failing(DivergedError("not saving"), at=4):
        trainer.train()
    return {"step": trainer.step, "lr_factor": trainer.recovery.lr_factor}


def fault_of_one(run_file: Path, output: Path, overrides: list[str]) -> Outcome:
    """The second process alone has a loss that is not finite, once; both leave the step out."""
    trainer = make_trainer(run_file, output, *overrides)
    step = trainer.train_step

    def spoilt(source: Iterator[Batch]) -> dict[str, float]:
        def batches() -> Iterator[Batch]:
            for batch in source:
                bad = trainer.step == 5 and not trainer.processes.leads
                yield Batch(batch.low, batch.high * float("nan")) if bad else batch

        return step(batches())

    trainer.train_step = spoilt  # type: ignore[method-assign]
    trainer.train()
    weights = torch.cat([weight.detach().flatten() for weight in trainer.generator.parameters()])
    steps = trainer.stage.player.state("x")[0]["x.0.step"]
    return {"skipped": trainer.recovery.state()["skipped"], "updates": int(steps), "sum": float(weights.double().sum())}


def drawn_latents(run_file: Path, output: Path, overrides: list[str]) -> Outcome:
    """A run of generation: each draws latent vectors of its own, and both have the same networks."""
    trainer = make_trainer(run_file.with_name("tiny_generation.toml"), output, *overrides)
    model, first = trainer.generator, []
    assert isinstance(model, GenerationModel)
    draw = model.generator.draw

    def noted(count: int, **options: Any) -> Tensor:  # noqa: ANN401
        latent = draw(count, **options)
        first.append(float(latent[0, 0]))
        return latent

    model.generator.draw = noted  # type: ignore[method-assign]
    trainer.train()
    assert trainer.stage.adversary is not None
    # Running statistics are of each one's own share; the first one's are saved.
    kept = ([*model.parameters()], [*trainer.stage.adversary.network.state_dict().values()])
    sums = [sum(float(tensor.detach().double().abs().sum()) for tensor in tensors) for tensors in kept]
    return {"latents": first, "sums": sums}


@contextmanager
def _failing(error: Exception, *, at: int) -> Iterator[None]:
    """Saving fails once, at a step."""
    save, errors = save_checkpoint, [error]

    def failing(folder: Path, checkpoint: Checkpoint, *, keep: int) -> Path:
        if checkpoint.step == at and errors:
            raise errors.pop()
        return save(folder, checkpoint, keep=keep)

    with mock.patch.object(module, "save_checkpoint", failing):
        yield


def main(run_file: Path, output: Path, overrides: dict[str, list[str]]) -> None:
    """Do all of the above one after the other and print what came out of each as JSON."""
    torch.set_num_threads(1)
    scenes = {scene.__name__: scene for scene in (stopped, full_disk, broken_weights, fault_of_one, drawn_latents)}
    results = {name: scene(run_file, output / name, overrides.get(name, [])) for name, scene in scenes.items()}
    sys.stdout.write(json.dumps(results) + "\n")
    end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
