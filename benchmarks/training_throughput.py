"""How much of a bare loop's speed does the trainer reach?

Both sides train the same networks with the same batch, precision, losses and optimisers. The bare loops, written by
hand below, use one batch that is already in memory; the trainer cuts, flips and converts crops from a store, measures
the game, checks every number, clips and averages weights. The two alternate in one process, and the ratio of each
round is what counts.

    python benchmarks/training_throughput.py fidelity [--rounds 7] [--steps 30] [--set train.batch=8]
    python benchmarks/training_throughput.py gan --steps 10     # needs VGG-19's weights: SRGAN_VGG19_WEIGHTS
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
import torchvision
from PIL import Image
from torch.nn import functional as F

from srgan.features import feature_weights
from srgan.images import imresize
from srgan.networks import DISCRIMINATORS
from srgan.training import Trainer, load_run, make_generator
from srgan.training.super_resolution_run import SuperResolutionRun

COMMON = """
name = "throughput"
[generator]
kind = "compact"
scale = 4
channels = 64
blocks = 10
[data]
high = "{folder}/pictures"
"""
RUNS = {
    "fidelity": """
patch = 40
[[loss]]
kind = "l1"
[[loss]]
kind = "fft"
weight = 0.05
[train]
steps = 1000000
batch = 16
clip = 1.0
precision = "bf16"
""",
    "gan": """
patch = 32
[[loss]]
kind = "l1"
weight = 0.01
[[loss]]
kind = "vgg"
layers = {{ relu5_4 = 1.0 }}
[train]
steps = 1000000
batch = 8
lr = 1e-4
precision = "bf16"
[discriminator]
kind = "unet"
width = 64
[adversarial]
weight = 0.005
""",
}


def main() -> None:
    """Run the benchmark and print one line a round and the median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("step", choices=sorted(RUNS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=30, help="steps a side and round")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _pictures(folder / "pictures")
        (folder / "run.toml").write_text((COMMON + RUNS[arguments.step]).format(folder=folder))
        trainer = Trainer(load_run(folder / "run.toml", (f"output={folder}/out", *arguments.overrides)))
        section = trainer.stage.section
        stream = trainer.feeding.batches(section, section.data.patch_at(1.0)).iterate(0)
        bare = BareLoop(trainer) if arguments.step == "fidelity" else BareGan(trainer)
        ratios = []
        for turn in range(arguments.rounds + 1):
            ours = _seconds(lambda: trainer.train_step(stream), arguments.steps)
            theirs = _seconds(bare.step, arguments.steps)
            if turn:  # the first round warms up
                ratios.append(theirs / ours)
                sys.stdout.write(f"trainer {1 / ours:.2f} steps/s  bare {1 / theirs:.2f}  ratio {ratios[-1]:.3f}\n")
        stream.close()
        sys.stdout.write(f"median ratio {statistics.median(ratios):.3f} (trainer's speed / bare loop's speed)\n")


class BareLoop:
    """What one would write by hand, on one batch in memory."""

    def __init__(self, trainer: Trainer) -> None:
        section = trainer.stage.section
        assert isinstance(trainer.run, SuperResolutionRun)
        generator = make_generator(trainer.run.generator)
        self.network = generator.to(trainer.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        rate, betas = section.train.lr, section.train.betas
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=rate, betas=betas, fused=True)
        self.half = section.train.precision == "bf16"
        self.device = trainer.device.type
        side = section.data.patch_at(1.0)
        shape = (section.train.batch, 3, side, side)
        self.low = torch.rand(shape, device=self.device).to(memory_format=torch.channels_last)
        self.high = self.low.repeat_interleave(generator.scale, 2).repeat_interleave(generator.scale, 3)
        self.high = self.high.to(memory_format=torch.channels_last)

    def autocast(self) -> torch.autocast:
        """The precision of the networks."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.half)

    def step(self) -> None:
        """Forward, L1 + 0.05 FFT, backward, Adam."""
        with self.autocast():
            fake = self.network(self.low)
        difference = fake.float() - self.high
        spectrum = torch.view_as_real(torch.fft.rfft2(difference))
        loss = difference.abs().mean() + 0.05 * spectrum.abs().mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()


class BareGan(BareLoop):
    """SRGAN's step by hand: L1, VGG54 and the non-saturating game against a U-Net."""

    def __init__(self, trainer: Trainer) -> None:
        super().__init__(trainer)
        table = dict(trainer.stage.section.discriminator or {})
        judge = DISCRIMINATORS[table.pop("kind")](**table)
        self.judge = judge.to(trainer.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.other = torch.optim.Adam(self.judge.parameters(), lr=1e-4, betas=(0.9, 0.99), fused=True)
        features = torchvision.models.vgg19(weights=None).features[:36]
        features.load_state_dict({k.removeprefix("features."): v for k, v in feature_weights("vgg19").items()})
        self.vgg = features.to(trainer.device, memory_format=torch.channels_last).requires_grad_(False)
        self.mean = torch.tensor([0.485, 0.456, 0.406], device=self.device).reshape(1, 3, 1, 1)
        self.deviation = torch.tensor([0.229, 0.224, 0.225], device=self.device).reshape(1, 3, 1, 1)

    def step(self) -> None:
        """The generator's update, then the discriminator's on the same pictures."""
        with self.autocast():
            fake = self.network(self.low).float()
            theirs = self.vgg((self.high - self.mean) / self.deviation).float()
            ours = self.vgg((fake - self.mean) / self.deviation).float()
            self.judge.requires_grad_(False)
            score = self.judge(fake).scores[0]
            self.judge.requires_grad_(True)
        content = 0.01 * (fake - self.high).abs().mean() + F.mse_loss(ours, theirs) / 12.75**2
        self.optimiser.zero_grad(set_to_none=True)
        (content + 0.005 * F.softplus(-score).mean()).backward()
        self.optimiser.step()
        with self.autocast():
            real, false = self.judge(self.high).scores[0], self.judge(fake.detach()).scores[0]
        self.other.zero_grad(set_to_none=True)
        (F.softplus(-real).mean() + F.softplus(false).mean()).backward()  # type: ignore[no-untyped-call]
        self.other.step()


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
