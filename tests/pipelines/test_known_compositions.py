"""The check of text-to-image on compositions that are known."""

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from pipelines import known_compositions
from pipelines.compositions.judging import Player, agreement, game_values, half_way, make
from pipelines.compositions.measuring import between, shape_colours, whats_seen
from pipelines.compositions.shapes import (
    COLOURS,
    COMBINATIONS,
    GROUND,
    HELD_OUT,
    PHRASES,
    SHAPES,
    SHOWN,
    SIDE,
    Combination,
    caption,
    draw,
    write_set,
)
from pipelines.known_compositions import MARK, main, sheet
from srgan.networks import Discriminator, Judgement, LatentGenerator
from srgan.tasks import TextToImageModel
from srgan.training.embedding_models import TrainedEmbedding

SAMPLES = 12


def _drawn(count: int = SAMPLES) -> NDArray[np.uint8]:
    random = np.random.default_rng(3)
    return np.stack([[draw(combination, random) for _ in range(count)] for combination in COMBINATIONS])


class _Reader:
    """Understands every phrase, and sees pictures as the measurements do: the colour, then the shape as one of four."""

    def sentences(self, texts: list[str]) -> NDArray[np.float32]:
        found = []
        for text in texts:
            colour = next(place for name, place in COLOURS.items() if name in text)
            found.append([*np.array(colour) / 255, *(shape in text for shape in SHAPES)])
        return np.array(found, np.float32)

    def pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        names = list(COLOURS)
        seen = zip(*whats_seen(pictures), strict=True)
        return self.sentences([f"{names[colour]} {SHAPES[shape]}" for colour, shape in seen])


READER = cast(TrainedEmbedding, _Reader())


class _Painter(LatentGenerator):
    """A square of the colour that the sentence begins with, or of the nearest of two colours."""

    latent, size, classes = 2, SIDE, 7

    def __init__(self, *, blends: bool) -> None:
        super().__init__()
        self.weight, self.blends = nn.Parameter(torch.zeros(1)), blends

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        assert condition is not None
        colour = condition[:, :3]
        if not self.blends:
            ends = torch.tensor([COLOURS["red"], COLOURS["blue"]]) / 255
            colour = ends[torch.cdist(colour, ends).argmin(1)]
        pictures = (torch.tensor(GROUND) / 255)[:, None, None].repeat(len(colour), 1, SIDE, SIDE)
        pictures[:, :, 8:24, 8:24] = colour[:, :, None, None]
        return pictures


class _Opponent(Discriminator):
    """Sure of a picture whose shape has the colour of its text, and of the opposite otherwise."""

    def judge_with(self, x: Tensor, vector: Tensor) -> Judgement:
        seen = shape_colours((127.5 * (x + 1)).round().byte().permute(0, 2, 3, 1).numpy()) / 255
        same = (torch.from_numpy(seen) - vector[:, :3]).norm(dim=1) < 0.2
        return Judgement([torch.where(same, 40.0, -40.0)[:, None]], [])


def _player(*, blends: bool = True) -> Player:
    opponent = _Opponent()
    opponent.condition_channels = 7
    return Player(cast(TextToImageModel, _Painter(blends=blends)), opponent, READER)


def test_every_colour_and_every_shape_is_shown_but_not_every_combination() -> None:
    assert (len(COMBINATIONS), len(SHOWN), len(HELD_OUT)) == (32, 28, 4)
    assert {pair.colour for pair in SHOWN} == {*COLOURS}
    assert {pair.shape for pair in SHOWN} == {*SHAPES}
    assert not {*SHOWN} & {*HELD_OUT}
    assert caption(HELD_OUT[0]) == "a red square"
    assert len({caption(pair, phrase) for pair in COMBINATIONS for phrase in PHRASES}) == 32 * len(PHRASES)


@pytest.mark.parametrize("combination", HELD_OUT)
def test_colours_are_exact_and_edges_between(combination: Combination) -> None:
    picture = draw(combination, np.random.default_rng(1)).astype(int)
    colour, ground = np.array(COLOURS[combination.colour]), np.array(GROUND)
    inside, outside = ((picture == plain).all(axis=2) for plain in (colour, ground))
    assert inside.sum() > 40
    assert outside.sum() > 500
    assert outside[[0, -1]].all()
    assert outside[:, [0, -1]].all()
    edge = picture[~inside & ~outside]
    share = (edge - ground) @ (colour - ground) / np.square(colour - ground).sum()
    assert 10 < len(edge) < 120
    assert np.abs(edge - (ground + share[:, None] * (colour - ground))).max() < 1


def test_the_set_is_what_its_captions_say(tmp_path: Path) -> None:
    drawn = write_set(tmp_path, SHOWN, 2, seed=4)
    lines = [json.loads(line) for line in (tmp_path / "captions.jsonl").read_text().splitlines()]
    assert len(lines) == 56
    assert not {" ".join(pair) for pair in HELD_OUT} & {line["concept"] for line in lines}
    for line, pixels in zip(lines, drawn.reshape(-1, SIDE, SIDE, 3), strict=True):
        colour, shape = line["concept"].split()
        assert line["captions"] == [caption(Combination(colour, shape), phrase) for phrase in PHRASES]
        assert np.array_equal(np.asarray(Image.open(tmp_path / line["image"])), pixels)
    assert not np.array_equal(drawn[:, 0], drawn[:, 1])
    assert np.array_equal(write_set(tmp_path / "again", SHOWN, 2, seed=4), drawn)


def test_who_makes_what_is_asked_is_found_right() -> None:
    perfect = {"r_precision": 1.0, "colour": 1.0, "shape": 1.0}
    assert agreement(_drawn(), READER) == {"shown": perfect, "held_out": perfect}


def test_who_makes_anything_is_right_by_chance() -> None:
    drawn = _drawn()
    shuffled = np.random.default_rng(2).permutation(drawn.reshape(-1, SIDE, SIDE, 3)).reshape(drawn.shape)
    found = agreement(shuffled, READER)["shown"]
    assert found["r_precision"] == pytest.approx(1 / 32, abs=0.03)
    assert found["colour"] == pytest.approx(1 / 8, abs=0.06)
    assert found["shape"] == pytest.approx(1 / 4, abs=0.08)


def test_nothing_has_the_colour_of_the_ground() -> None:
    nothing = np.broadcast_to(np.array(GROUND, np.uint8), (1, SIDE, SIDE, 3))
    assert shape_colours(nothing).tolist() == [[*GROUND]]
    assert whats_seen(nothing).shapes.shape == (1,)


def test_a_colour_on_the_way_from_one_to_another() -> None:
    red, blue = np.array([[200.0, 0, 0]]), np.array([[0, 0, 200.0]])
    mixed = 0.75 * red + 0.25 * blue
    assert between(red, mixed, blue).item() == pytest.approx(0.25)
    assert between(red, mixed + np.array([5, 40, 5]), blue).item() == pytest.approx(0.25)
    assert between(red, red, red).tolist() == [0.0]


def test_half_of_two_sentences() -> None:
    found = half_way(_player(), 3)
    assert found["share"] == 1
    assert found["mean"] == pytest.approx(0.5, abs=0.01)
    assert half_way(_player(blends=False), 3)["share"] == 0


def test_what_the_discriminator_says() -> None:
    found = game_values(_player(), _drawn(4)[[pair in SHOWN for pair in COMBINATIONS]], seed=1)
    assert found["matched"] == found["generated"] == 1
    # Of 27 wrong texts, those of the same colour and another shape deceive it.
    assert 0.02 < found["mismatched"] < 0.25


def test_pictures_of_two_texts_share_their_random_numbers() -> None:
    asked: list[tuple[Tensor, Tensor | None]] = []
    player = _player()
    player.generator.register_forward_pre_hook(lambda _, given: asked.append(given))
    made = make(player, READER.sentences(["a red star", "a blue star"]), 3)
    assert made.shape == (2, 3, SIDE, SIDE, 3)
    assert torch.equal(asked[0][0][:3], asked[0][0][3:])
    assert shape_colours(made[1]).tolist() == [[*COLOURS["blue"]]] * 3


def test_held_out_rows_are_framed() -> None:
    plain = np.full((32, 2, SIDE, SIDE, 3), GROUND, np.uint8)
    marked = (sheet([plain, plain]) == MARK).all(axis=2)[:-16, :-16]
    rows = marked.reshape(16, len(marked) // 16, 2, marked.shape[1] // 2).any(axis=(1, 3)).ravel()
    assert rows.tolist() == [pair in HELD_OUT for pair in COMBINATIONS]


def test_all_is_trained_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_compositions, "_SAMPLES", 6)
    output = tmp_path / "out"
    command = ["--output", str(output), "--steps", "2", "--reading", "2", "--each", "6"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((output / "known_compositions.json").read_text())
    assert found["real"]["shown"]["colour"] == found["real"]["held_out"]["shape"] == 1
    for name in ("gan", "gan_cls", "gan_int_cls"):
        assert {*found[name]} == {"shown", "held_out", "discriminator", "half_way"}
        assert 0 < found[name]["discriminator"]["matched"] < 1
    # The same start, and then another game.
    assert found["gan"] != found["gan_cls"] != found["gan_int_cls"]
    with Image.open(output / "known_compositions.png") as opened:
        assert opened.width > 2 * (1 + 3 * 6) * 2 * SIDE


def test_what_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(tmp_path), "--each", "0"]) == 2
    assert "each" in capsys.readouterr().err
