"""Validation of generators from noise: the sheet, the distance, and what they promise."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from srgan.config import check
from srgan.errors import UsageError
from srgan.networks import LatentGenerator
from srgan.training.picture_sections import SampleValidationSection
from srgan.training.sample_validation import SampleValidation

CPU = torch.device("cpu")
SIDE = 16


class Plain(LatentGenerator):
    """Pictures of one colour: red from the latent vector, green `level`, blue from the class."""

    def __init__(self, *, classes: int = 0, level: float = 0.5) -> None:
        super().__init__()
        self.latent, self.size, self.classes, self.level = 2, SIDE, classes, level
        self.anchor = torch.nn.Parameter(torch.zeros(1))

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        red = torch.sigmoid(latent[:, 0])
        blue = torch.zeros_like(red) if condition is None else condition.argmax(1) / self.classes
        return torch.stack([red, torch.full_like(red, self.level), blue], 1)[..., None, None].expand(-1, 3, SIDE, SIDE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty pictures such as `Plain` makes at level 0.5, in two classes; the second has three of four."""
    red = torch.sigmoid(torch.randn(40, generator=torch.Generator().manual_seed(1))).mul(255).round().byte()
    for index, value in enumerate(red.tolist()):
        path = tmp_path / "held" / ("a" if index % 4 == 0 else "b") / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 24), (value, 128, 0)).save(path)
    return tmp_path / "held"


def section(folder: Path, **options: Any) -> SampleValidationSection:  # noqa: ANN401
    return check(SampleValidationSection, {"pictures": folder, "samples": 80, **options}, source="run.toml")


def test_the_distance_tells_the_right_pictures_from_wrong_ones(folder: Path) -> None:
    validation = SampleValidation(section(folder), size=SIDE, classes=0)
    right, wrong = (validation.measure(Plain(level=level), CPU).metrics["kernel_distance"] for level in (0.5, 0.9))
    assert abs(right) < 0.02
    assert wrong > 0.2
    assert validation.protocol == (
        "kernel distance (unbiased MMD^2, cubic kernel, mean of 100 subsets of 20) in means of 8x8 cells of the RGB "
        "pixels; 80 generated and 40 held-out pictures of 16x16, background fixed"
    )


def test_the_same_network_always_gives_the_same(folder: Path) -> None:
    results = [SampleValidation(section(folder), size=SIDE, classes=0) for _ in range(2)]
    torch.manual_seed(8)
    first, second = results[0].measure(Plain(), CPU), results[1].measure(Plain(), CPU)
    again = results[1].measure(Plain(), CPU)
    for other in (second, again):
        assert other.metrics == first.metrics
        assert np.array_equal(other.images["samples"], first.images["samples"])
    elsewhere = SampleValidation(section(folder), size=SIDE, classes=0, seed=1).measure(Plain(), CPU)
    assert not np.array_equal(elsewhere.images["samples"], first.images["samples"])


def test_the_sheet_shows_as_many_as_asked_for(folder: Path) -> None:
    result = SampleValidation(section(folder, images=9), size=SIDE, classes=0).measure(Plain(), CPU)
    sheet = result.images["samples"]
    assert sheet.shape == (3 * SIDE, 3 * SIDE, 3)
    assert sheet.dtype == np.dtype(np.uint8)
    tiles = sheet[::SIDE, ::SIDE].reshape(-1, 3)
    assert len(np.unique(tiles, axis=0)) == 9
    assert np.array_equal(sheet, np.kron(sheet[::SIDE, ::SIDE], np.ones((SIDE, SIDE, 1), np.uint8)))


def test_classes_are_rows_and_latent_vectors_columns(folder: Path) -> None:
    result = SampleValidation(section(folder, images=8), size=SIDE, classes=2).measure(Plain(classes=2), CPU)
    tiles = result.images["samples"][::SIDE, ::SIDE]
    assert tiles.shape == (2, 4, 3)
    assert (tiles[0, :, 0] == tiles[1, :, 0]).all()
    assert len(set(tiles[0, :, 0].tolist())) == 4
    assert tiles[:, :, 2].tolist() == [[0] * 4, [128] * 4]


def test_generated_classes_are_those_of_the_held_out_pictures(folder: Path) -> None:
    asked: list[Tensor] = []

    class Asked(Plain):
        def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
            assert condition is not None
            asked.append(condition)
            return super().generate(latent, condition)

    Image.new("RGB", (20, 24)).save(folder / "loose.png")
    SampleValidation(section(folder, images=1, samples=82), size=SIDE, classes=2).measure(Asked(classes=2), CPU)
    counts = torch.cat(asked[1:]).sum(0).tolist()
    assert counts == [21, 61]  # twice 10 and 30, and the unlabelled one in turn


def test_latent_vectors_may_come_from_elsewhere(folder: Path) -> None:
    class Alike(Plain):
        """Draws one vector for all, as a generator with learnt vectors draws in its own way."""

        def draw(self, count: int, *, random: torch.Generator | None = None) -> Tensor:
            return torch.full((count, 2), float(torch.rand(1, generator=random)))

    validation = SampleValidation(section(folder, images=4), size=SIDE, classes=0)
    tiles = validation.measure(Alike(), CPU).images["samples"][::SIDE, ::SIDE]
    assert len(np.unique(tiles.reshape(-1, 3), axis=0)) == 1


def test_transparent_held_out_pictures_get_the_background(tmp_path: Path) -> None:
    for index in range(4):
        Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0)).save(tmp_path / f"{index}.png")

    class White(Plain):
        def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
            return torch.ones(len(latent), 3, SIDE, SIDE)

    def distance(background: str) -> float:
        wanted = section(tmp_path, background=background, samples=8)
        return SampleValidation(wanted, size=SIDE, classes=0).measure(White(), CPU).metrics["kernel_distance"]

    assert distance("white") == pytest.approx(0.0, abs=1e-9)
    assert distance("black") == pytest.approx(7.0)  # (1 + 1)^3 + 1 - 2
    assert 0.1 < distance("fixed") < 7.0


def test_too_few_pictures(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("01\n02\n03\n")
    wanted = section(folder, names=str(tmp_path / "names.txt"))
    with pytest.raises(UsageError, match=r"validation\.pictures: 3 pictures are too few"):
        SampleValidation(wanted, size=SIDE, classes=0)
