"""How much of a bare loop's speed does the trainer reach?

Both sides train the same network with the same batch, precision, losses and optimiser. The bare loop uses one batch
that is already in memory; the trainer cuts, flips and converts crops from a store, clips gradients and averages
weights. The two alternate in one process, and the ratio of each round is what counts.

    python benchmarks/training_throughput.py [--rounds 7] [--steps 30] [--set train.batch=8]
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from srgan.images import imresize
from srgan.training import Trainer, load_run, make_generator

RUN = """
name = "throughput"
[generator]
kind = "compact"
scale = 4
channels = 64
blocks = 10
[[loss]]
kind = "l1"
[[loss]]
kind = "fft"
weight = 0.05
[data]
high = "{folder}/pictures"
patch = 40
[train]
steps = 1000000
batch = 16
clip = 1.0
precision = "bf16"
"""


def main() -> None:
    """Run the benchmark and print one line a round and the median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=30, help="steps a side and round")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _pictures(folder / "pictures")
        (folder / "run.toml").write_text(RUN.format(folder=folder))
        trainer = Trainer(load_run(folder / "run.toml", (f"output={folder}/out", *arguments.overrides)))
        stream = trainer._batches().iterate(0)
        bare = BareLoop(trainer)
        ratios = []
        for turn in range(arguments.rounds + 1):
            ours = _seconds(lambda: trainer.train_step(next(stream), 1e-3), arguments.steps)
            theirs = _seconds(bare.step, arguments.steps)
            if turn:  # the first round warms up
                ratios.append(theirs / ours)
                sys.stdout.write(f"trainer {1 / ours:.2f} steps/s  bare {1 / theirs:.2f}  ratio {ratios[-1]:.3f}\n")
        stream.close()
        sys.stdout.write(f"median ratio {statistics.median(ratios):.3f} (trainer's speed / bare loop's speed)\n")


class BareLoop:
    """What one would write by hand, on one batch in memory."""

    def __init__(self, trainer: Trainer) -> None:
        run = trainer.run
        generator = make_generator(run.generator)
        self.network = generator.to(trainer.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-3, betas=run.train.betas, fused=True)
        self.half = run.train.precision == "bf16"
        self.device = trainer.device.type
        side = run.data.patch
        shape = (run.train.batch, 3, side, side)
        self.low = torch.rand(shape, device=self.device).to(memory_format=torch.channels_last)
        self.high = self.low.repeat_interleave(trainer.scale, 2).repeat_interleave(trainer.scale, 3)
        self.high = self.high.to(memory_format=torch.channels_last)

    def step(self) -> None:
        """Forward, L1 + 0.05 FFT, backward, Adam."""
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.half):
            fake = self.network(self.low)
        difference = fake.float() - self.high
        spectrum = torch.view_as_real(torch.fft.rfft2(difference))
        loss = difference.abs().mean() + 0.05 * spectrum.abs().mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()


def _pictures(folder: Path) -> None:
    """Pictures to cut crops from; what they show does not matter for the speed."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(8):
        coarse = random.integers(0, 256, (60, 80, 3), np.uint8)
        Image.fromarray(imresize(coarse, size=(900, 1200))).save(folder / f"{index}.png")


def _seconds(step: Callable[[], object], count: int) -> float:
    """Seconds a step."""
    began = time.perf_counter()
    for _ in range(count):
        step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return (time.perf_counter() - began) / count


if __name__ == "__main__":
    main()
