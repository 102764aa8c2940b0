"""Parts that do not go together are refused before anything is trained."""

import typing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.config import check, part_arguments
from srgan.errors import UsageError
from srgan.networks import DISCRIMINATORS, GENERATORS, Generator
from srgan.training import Trainer, load_run
from srgan.training.fitting import check_crops
from srgan.training.sections import ValidationSection
from srgan.training.validation import Validation

GAME = "stage.adversarial."


class Choosy(Generator):
    """Nearest neighbours x2, for sides of at least 16 that are multiples of 4; notes the sides that it gets."""

    scale, multiple_of, minimum = 2, 4, 16

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.seen: list[tuple[int, int]] = []

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge a batch."""
        height, width = x.shape[-2:]
        assert min(height, width) >= self.minimum
        assert height % self.multiple_of == width % self.multiple_of == 0
        self.seen.append((height, width))
        return self.weight * F.interpolate(x, scale_factor=2.0, mode="nearest")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["data.patch=25"], r"^data\.patch is 25, but the generator 'choosy' takes sides of at least 16 and "
         r"multiples of 4; use 24 or 28$"),
        (["data.patch=10"], r"^data\.patch is 10, .*; use 16$"),
        (["data.progressive=[{until=0.5, patch=18}]"], r"^data\.progressive\.0\.patch is 18, .*; use 16 or 20$"),
    ],
)  # fmt: skip
def test_crops_suit_the_generator(
    run_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: list[str], message: str
) -> None:
    monkeypatch.setitem(GENERATORS, "choosy", Choosy)
    common = (f"output={tmp_path}", "generator={kind='choosy'}")
    Trainer(load_run(run_file, common))  # data.patch is 16
    with pytest.raises(UsageError, match=message):
        Trainer(load_run(run_file, (*common, *overrides)))


@pytest.mark.parametrize(
    ("unit", "minimum", "words"),
    [(1, 20, "sides of at least 20; use 20"), (6, 1, "sides multiples of 6; use 12 or 18")],
)
def test_only_what_is_asked_for_is_said(run_file: Path, unit: int, minimum: int, words: str) -> None:
    generator = Choosy()
    generator.multiple_of, generator.minimum = unit, minimum
    with pytest.raises(UsageError, match=f"{words}$"):
        check_crops(load_run(run_file), generator, "compact")


@pytest.mark.parametrize(
    ("discriminator", "message"),
    [
        ("kind='vgg', width=4, head='dense', size=64, norm='none'", "data.patch is 16, at x2 32 pixels a side, but "
         "discriminator.size is 64; both must be equal"),
        ("kind='patch', width=4, layers=4, norm='none'", "but the discriminator 'patch' needs 48; use at least 24, "
         "or give the discriminator fewer layers"),
    ],
)  # fmt: skip
def test_crops_suit_the_discriminator(gan_file: Path, tmp_path: Path, discriminator: str, message: str) -> None:
    run = load_run(gan_file, (f"output={tmp_path}", f"{GAME}discriminator={{{discriminator}}}"))
    with pytest.raises(UsageError, match=message):
        Trainer(run)


@pytest.mark.parametrize("discriminator", ["kind='patch'", "kind='vgg'", "kind='multi_scale', layers=1"])
def test_a_penalty_needs_pictures_judged_alone(gan_file: Path, discriminator: str) -> None:
    table = f"{GAME}discriminator={{width=4, {discriminator}, norm='%s'}}"
    known = part_arguments(DISCRIMINATORS[discriminator.split("'")[1]]).model_fields["norm"].annotation
    others = ", ".join(f'"{norm}"' for norm in typing.get_args(known) if norm != "batch")
    assert '"spectral", "none"' in others
    message = (
        rf'^tiny_gan\.toml: stage\.adversarial\.discriminator\.norm is "batch", .* '
        rf"stage\.adversarial\.adversarial\.penalty r1 holds only .*; use one of {others}, or no penalty$"
    )
    with pytest.raises(UsageError, match=message):
        load_run(gan_file, (table % "batch",))
    load_run(gan_file, (table % "batch", f"{GAME}adversarial.penalty=[]"))
    load_run(gan_file, (table % "none",))


def test_a_discriminator_that_cannot_be_built(gan_file: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^tiny_gan\.toml: stage\.adversarial\.discriminator: layers = 0: at least one"
    ):
        load_run(gan_file, (f"{GAME}discriminator.layers=0",))


def test_a_generator_that_cannot_be_built(run_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^generator: scale 5 is not supported; choose 1, 2, 3, 4 or 8$"):
        Trainer(load_run(run_file, (f"output={tmp_path}", "generator.scale=5")))


def test_the_condition_has_one_key(gan_file: Path) -> None:
    with pytest.raises(
        UsageError, match=r"discriminator\.condition_channels follows from .*adversarial\.condition; leave"
    ):
        load_run(gan_file, (f"{GAME}discriminator.condition_channels=3",))


def test_looking_at_the_parts_uses_no_random_numbers(gan_file: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    run = load_run(gan_file, (f"output={tmp_path}",))
    state = torch.get_rng_state()
    check_crops(run, Choosy(), "compact")
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("crop", [None, 22])
def test_validation_pads_and_cuts(pictures: Path, crop: int | None) -> None:
    """72x80 pictures at x2 are 36x40, a centre of 22 is 11x11: the network gets 36x40 and 16x16."""
    table: dict[str, Any] = {"high": pictures / "valid", "crop": crop}
    generator = Choosy()
    result = Validation(check(ValidationSection, table, source="run.toml"), 2).measure(generator, torch.device("cpu"))
    assert generator.seen == [(36, 40) if crop is None else (16, 16)]
    strip = result.images["d"]
    side, width = (72, 80) if crop is None else (22, 22)
    assert strip.shape == (side, 4 * width, 3)
    # The strip shows the repeated pixels of the small picture first and the network's, which are the same, third.
    assert np.array_equal(strip[:, :width], strip[:, 2 * width : 3 * width])
