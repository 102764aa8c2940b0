import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from pipelines.judge_generators import main
from pipelines.judging.drawings import nearest_drawings, psnr_each
from pipelines.judging.generators import Subject, pixels_of, tensor_of
from pipelines.judging.references import Pictures, References
from pipelines.judging.scores import judge
from pipelines.judging.table import as_values, markdown
from srgan.data import fixed_colours, laid_on
from srgan.images import read
from srgan.networks import LatentGenerator
from srgan.tasks import Codec
from srgan.training.checkpoint import save_model
from srgan.training.generation_models import build_model
from tests.training.toys import make_trainer

SIZE = 16
GENERATOR = {"kind": "dcgan", "latent": 8, "size": SIZE, "width": 4, "kernel": 4}


def quiet(message: str) -> None:
    """Nobody listens."""


def drawn(count: int, seed: int) -> NDArray[np.uint8]:
    """Drawings of one warm ellipse each on nothing, ``(count, SIZE, SIZE, 4)``."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    made = np.zeros((count, SIZE, SIZE, 4), np.uint8)
    for one in made:
        (y, x), (high, wide) = random.uniform(5, 11, 2), random.uniform(3, 6, 2)
        inside = ((rows - y) / high) ** 2 + ((columns - x) / wide) ** 2 <= 1
        one[inside] = [*random.integers((200, 100, 0), (256, 256, 80)), 255]
    return made


def on_colours(count: int, seed: int) -> Pictures:
    drawings, colours = drawn(count, seed), fixed_colours(count, seed=seed)
    return Pictures(drawings, colours, laid_on(drawings, colours), np.full(count, -1))


class Known(LatentGenerator):
    """Makes one of the pictures that it was given, of the place of the largest latent component."""

    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        super().__init__()
        self.latent, self.size = len(pictures), pictures.shape[1]
        self.pictures = torch.nn.Parameter(tensor_of(pictures), requires_grad=False)

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        return self.pictures[latent.argmax(1)]

    def encode(self, pictures: Tensor) -> Tensor:
        found = torch.cdist(pictures.flatten(1), self.pictures.flatten(1)).argmin(1)
        return torch.nn.functional.one_hot(found, self.latent).float()


@pytest.fixture(scope="module")
def references() -> References:
    return References(on_colours(60, 1), on_colours(200, 2), features="pixels", samples=200, seed=0, say=quiet)


def test_the_nearest_drawing_by_hand() -> None:
    half, whole = np.zeros((2, 2, 2, 4), np.uint8)
    half[0], whole[:] = (200, 0, 0, 255), (0, 0, 100, 255)
    picture = np.array([[[200, 0, 0]] * 2, [[10, 20, 30]] * 2], np.uint8)[None]
    drawings = np.stack([whole, half])
    exact = nearest_drawings(picture, drawings, np.array([[10, 20, 30]], np.uint8))
    assert exact.places.tolist() == [1]
    assert exact.psnr.tolist() == [math.inf]
    # Half of the pixels differ from black by the colour.
    black = nearest_drawings(picture, drawings, np.zeros((1, 3), np.uint8))
    assert black.psnr == pytest.approx(10 * math.log10(255**2 / ((100 + 400 + 900) / 6)))
    free = nearest_drawings(picture, drawings)
    assert np.array_equal(free.pictures, picture)


def test_the_gain_over_a_plain_colour_by_hand() -> None:
    drawing = np.zeros((1, 1, 2, 4), np.uint8)
    drawing[0, 0, 0] = 90, 90, 90, 255
    picture = np.array([[[[120] * 3, [60] * 3]]], np.uint8)
    found = nearest_drawings(picture, drawing)
    assert found.pictures[0, 0].tolist() == [[90] * 3, [60] * 3]
    assert found.psnr == pytest.approx(10 * math.log10(255**2 / (30**2 / 2)))
    assert found.gain == pytest.approx(10 * math.log10(2))
    plain = np.full((1, 1, 2, 3), 7, np.uint8)
    assert nearest_drawings(plain, np.zeros_like(drawing)).gain.tolist() == [0.0]


def test_the_nearest_drawing_of_soft_edges_is_that_of_trying_all() -> None:
    random = np.random.default_rng(4)
    pictures, drawings = (random.integers(0, 256, (n, 4, 4, channels), np.uint8) for n, channels in ((7, 3), (300, 4)))
    colours = fixed_colours(7, seed=3)
    tried = np.stack([psnr_each(laid_on(drawings, colour), np.repeat(picture[None], 300, 0))
                      for picture, colour in zip(pictures, colours, strict=True)])  # fmt: skip
    found = nearest_drawings(pictures, drawings, colours)
    assert found.psnr == pytest.approx(tried.max(1))
    assert found.places.tolist() == tried.argmax(1).tolist()
    free = nearest_drawings(pictures, drawings)
    best = free.pictures.astype(int)
    assert (free.psnr >= found.psnr - 0.01).all()
    # No other colour behind the drawing that was found is better.
    for shift in np.vstack([np.eye(3), -np.eye(3)]) * 8:
        clear = 1 - drawings[free.places][..., 3:] / 255.0
        assert (psnr_each(best + clear * shift, pictures) < free.psnr).all()
    with pytest.raises(ValueError, match="no neighbours"):
        nearest_drawings(pictures, drawings[:, :3])


def test_what_must_be_beaten(references: References) -> None:
    base, held_out, training = references.baselines, references.held_out, references.training
    for place in (0, 41):
        picture = held_out.laid[place : place + 1]
        assert base.own[place] == pytest.approx(psnr_each(training.laid, picture).max())
        laid = laid_on(training.drawings, held_out.colours[place])
        assert base.same.psnr[place] == pytest.approx(psnr_each(laid, picture).max())
        plain = np.broadcast_to(held_out.colours[place], picture.shape)
        assert base.plain[place] == pytest.approx(psnr_each(plain, picture)[0])
    assert base.own.mean() < base.same.psnr.mean() < base.any_colour.psnr.mean()
    assert abs(references.ceiling.value) < 0.1 * references.floor.value


def test_a_perfect_generator(references: References) -> None:
    model = Known(references.held_out.laid)
    subject = Subject("perfect", 7, "drawn", model, Codec(model, model.encode))
    judged = judge(subject, references, samples=200, seed=0, say=quiet)
    assert abs(judged.distance.value) < 0.1 * references.floor.value
    assert judged.suspicious < 0.15
    assert judged.coding is not None
    assert judged.coding.psnr.tolist() == [math.inf] * 60
    assert judged.coding.correlation.value > 0.3  # normal numbers against their largest
    values = as_values([judged], references)["generators"][0]
    assert values["reconstruction"]["psnr"] == {"value": None, "error": None}
    assert values["reconstruction"]["beat"] == 1.0
    assert "inf ± nan | inf ± nan | 100.0 % |" in markdown([judged], references)


def test_one_that_knows_its_training_pictures_by_heart_is_found_out(references: References) -> None:
    others = laid_on(references.training.drawings, fixed_colours(200, seed=9))
    judged = judge(Subject("parrot", 7, "drawn", Known(others)), references, samples=200, seed=0, say=quiet)
    assert judged.suspicious == 1.0
    assert (judged.neighbours.psnr == math.inf).all()
    dull = np.repeat(np.random.default_rng(0).integers(100, 110, (50, SIZE, 1, 3), np.uint8), SIZE, 2)
    judged = judge(Subject("dull", 7, "drawn", Known(dull)), references, samples=200, seed=0, say=quiet)
    assert judged.suspicious == 0.0
    assert judged.neighbours.psnr.mean() > references.baselines.any_colour.psnr.mean()
    assert judged.distance.value > 0.5 * references.floor.value


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Arguments about pictures: 6 held-out and 12 training ones in folders that may be classes."""
    names: dict[str, list[str]] = {"test": [], "train": []}
    for number, drawing in enumerate(drawn(18, 5)):
        part = "test" if number % 3 == 0 else "train"
        path = tmp_path / "emoji" / ("round" if number % 2 else "flat") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawing).save(path)
        names[part].append(path.stem)
    splits = tmp_path / "splits.json"
    splits.write_text(json.dumps(names))
    return ["--pictures", str(tmp_path / "emoji"), "--names", f"{splits}#test", "--training-names", f"{splits}#train",
            "--output", str(tmp_path / "judged"), "--features", "pixels", "--samples", "20"]  # fmt: skip


def untrained(path: Path, name: str, **described: object) -> str:
    """A model file."""
    torch.manual_seed(2)
    table: dict[str, Any] = {
        "generator": GENERATOR,
        "encoder": None,
        "pictures": 0,
        "task": "generation",
        "step": 0,
        **described,
    }
    save_model(path / f"{name}.safetensors", build_model(table).state_dict(), {**table, "name": name})
    return str(path / f"{name}.safetensors")


def test_generators_with_and_without_encoders_are_judged(
    pictures: list[str], tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("SRGAN_DATA", str(tmp_path))
    trainer = make_trainer(
        repository / "runs" / "tiny_generation.toml", tmp_path / "ogan", f"data.pictures={tmp_path / 'emoji'}",
        "name=ogan", "train.steps=2", "discriminator.head=code", "adversarial.correlation=0.5",
    )  # fmt: skip
    trainer.train()
    bigan = untrained(tmp_path, "bigan", encoder={"kind": "dcgan", "latent": 8, "size": SIZE, "width": 4, "kernel": 4})
    first, last = sorted((trainer.run.folder / "checkpoints").iterdir())
    sources = [untrained(tmp_path, "plain"), untrained(tmp_path, "glo", pictures=12), bigan, str(first), str(last)]
    assert main([*sources, *pictures]) == 0
    judged = json.loads((tmp_path / "judged" / "judged.json").read_text())
    rows = {row["name"]: row for row in judged["generators"]}
    assert [*rows] == ["plain", "glo", "bigan", "ogan-000000", "ogan-000002"]
    assert rows["ogan-000002"]["steps"] == 2
    assert [row["latents"] for row in rows.values()] == ["drawn", "learnt", "drawn", "drawn", "drawn"]
    assert [name for name, row in rows.items() if row["reconstruction"] is None] == ["plain", "glo"]
    assert judged["references"]["ceiling"]["pictures"] == 12
    assert judged["references"]["ceiling"]["kernel_distance"]["value"] < rows["plain"]["kernel_distance"]["value"]
    assert "20 generated and 6 held-out pictures of 16x16" in judged["protocol"]
    table = (tmp_path / "judged" / "judged.md").read_text()
    assert table.count("\n| ogan-00000") == 2
    assert "FID" not in table + json.dumps(judged)
    sheets = {path.name: read(path) for path in (tmp_path / "judged").glob("*.png")}
    assert {name for name in sheets if name.startswith("plain")} == {"plain_samples.png", "plain_neighbours.png"}
    assert sheets["bigan_samples.png"].rgb.shape[1::-1] == (16 * 20 - 4 + 32, 2 * (16 + 16) + 16)
    assert sheets["bigan_reconstructions.png"].rgb.shape[1::-1] == (12 * 20 - 4 + 32, 3 * (16 + 16) + 16)
    assert sheets["bigan_walks.png"].rgb.shape[1::-1] == (10 * 20 - 4 + 32, 8 * (16 + 16) + 16)
    assert sheets["bigan_retrieved.png"].rgb.shape[1::-1] == (2 * (6 * 20 - 4 + 16) + 16, 6 * (16 + 16) + 16)
    assert "plain: pictures are not reconstructed" in capsys.readouterr().err
    before = (tmp_path / "judged" / "judged.json").read_bytes()
    assert main([*sources, *pictures]) == 0
    assert (tmp_path / "judged" / "judged.json").read_bytes() == before


def test_a_generator_with_classes_is_asked_for_them(pictures: list[str], tmp_path: Path) -> None:
    table = {"kind": "dcgan", "latent": 8, "size": SIZE, "width": 4, "kernel": 4}
    source = untrained(tmp_path, "classes", generator={**GENERATOR, "classes": 2}, encoder=table)
    assert main([source, *pictures]) == 0
    assert (tmp_path / "judged" / "classes_walks.png").is_file()


def test_wrong_use(pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = untrained(tmp_path, "plain")
    large = untrained(tmp_path, "large", generator={**GENERATOR, "size": 32})
    for arguments, message in (
        (["gone", *pictures], "gone is not there"),
        ([plain, large, *pictures], "only generators of the same size and classes"),
        ([plain, plain, *pictures], "plain-000000: given more than once"),
        ([plain, *pictures, "--samples", "3"], "--samples 3 are too few"),
        ([plain, *pictures, "--names", pictures[3].replace("#test", "#gone")], "held-out.names"),
    ):
        assert main(arguments) == 2
        assert message in capsys.readouterr().err
    assert not list((tmp_path / "judged").iterdir())


def test_pictures_and_tensors() -> None:
    pictures = drawn(3, 0)[..., :3]
    assert np.array_equal(pixels_of(tensor_of(pictures)), pictures)
