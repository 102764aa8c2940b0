"""``srgan evaluate`` on text-to-image: the models, captions and judges that the options mean, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from srgan.cli.evaluate import evaluate
from srgan.errors import UsageError
from srgan.networks import PICTURE_ENCODERS, TEXT_ENCODERS
from srgan.runtime import ModelMetadata
from srgan.tasks import EmbeddingModel
from srgan.text import ByteTokenizer, TextDescription
from srgan.training.checkpoint import save_model
from srgan.training.parts import make_network
from tests.evaluation.text_to_image_toys import AnyDistance

SIZE, LENGTH, LATENT = 32, 16, 4
TEXTS = [f"{first}{second}m, a thing" for first in "aepz" for second in "AHQWgx"]


def _colour(text: str) -> list[int]:
    return [int(np.rint(255 * (byte + 1) / 257)) for byte in text.encode()[:3]]


def _painter(folder: Path, name: str, encoder: str, *, noise: float = 0.0, size: int = SIZE, **facts: Any) -> str:  # noqa: ANN401
    """A model that paints the colour of the first three bytes of a text, and adds some of its first noise."""
    scale = np.zeros((LATENT, 3), np.float32)
    scale[0] = noise
    tensors = {
        "bytes": np.arange(3),
        "range": np.float32(257),
        "scale": scale,
        "sides": np.array([-1, 3, 1, 1]),
        "ones": np.ones((1, 3, size, size), np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["tokens", "bytes"], ["first"], axis=1),
        helper.make_node("Cast", ["first"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["values", "range"], ["colour"]),
        helper.make_node("MatMul", ["noise", "scale"], ["more"]),
        helper.make_node("Add", ["colour", "more"], ["mixed"]),
        helper.make_node("Reshape", ["mixed", "sides"], ["column"]),
        helper.make_node("Mul", ["column", "ones"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", LENGTH]),
        helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", LATENT]),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3, size, size])
    stored = [numpy_helper.from_array(np.asarray(value), key) for key, value in tensors.items()]
    graph = helper.make_graph(nodes, "painter", inputs, [output], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    text = TextDescription(ByteTokenizer(LENGTH).to_json(), encoder)
    metadata = ModelMetadata(name=name, task="text_to_image", scale=1, latent=LATENT, size=size, text=text, **facts)
    helper.set_model_props(model, metadata.to_props())
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return str(path)


def _embedding(folder: Path, step: int, size: int = SIZE) -> Path:
    """A joint embedding that has not learned anything."""
    text = {"kind": "recurrent", "width": 8, "hidden": 8, "embedding": 6}
    pictures = {"kind": "conv", "width": 8, "stages": 2, "embedding": 6, "norm": "none"}
    model = EmbeddingModel(
        make_network(TEXT_ENCODERS, text, "text_encoder"), make_network(PICTURE_ENCODERS, pictures, "picture_encoder")
    )
    file = folder / "checkpoints" / f"step_{step:08d}" / "model.safetensors"
    save_model(
        file,
        model.state_dict(),
        {
            "name": folder.name,
            "step": step,
            "task": "joint_embedding",
            "text_encoder": text,
            "picture_encoder": pictures,
            "tokenizer": ByteTokenizer(LENGTH).to_json(),
            "size": size,
        },
    )
    return file


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    """A file of 24 captions with two pictures each: one is opaque, the other one clear in its lower half."""
    lines = []
    for number, text in enumerate(TEXTS):
        picture = np.full((SIZE, SIZE, 4), 255, np.uint8)
        picture[..., :3] = _colour(text)
        Image.fromarray(picture).save(tmp_path / f"{number:02d}.png")
        picture[SIZE // 2 :, :, 3] = 0
        Image.fromarray(picture).save(tmp_path / f"{number:02d}_half.png")
        entry = {"image": f"{number:02d}.png", "half": f"{number:02d}_half.png", "captions": [f"{text} (coloured)"]}
        lines.append(json.dumps({**entry, "concept": text, "group": text[0]}))
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    (tmp_path / "splits.json").write_text(json.dumps({"held": [f"{number:02d}" for number in range(2, 24)]}))
    return tmp_path / "captions.jsonl"


@pytest.fixture
def usual(captions: Path) -> list[str]:
    """The options that all of these have."""
    _embedding(captions.parent / "judge", 3)
    options = ["--captions", str(captions), "--judge", str(captions.parent / "judge"), "--distractors", "15"]
    return [*options, "--strip", r"\([^)]*\)", "--device", "cpu"]


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(evaluate, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def _rows(*arguments: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_run(*arguments, "--json"))
    return rows


def test_a_model_that_makes_the_true_pictures(
    captions: Path, usual: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("srgan.metrics.LpipsMetric", AnyDistance)
    exact, loose = (_painter(captions.parent, f"noise{level}", 64 * "0", noise=level / 10) for level in (0, 1))
    training = ["--lpips", "--training-names", f"{captions.parent / 'splits.json'}#held"]
    true, far = _rows("-m", exact, "-m", loose, *usual, *training, "--samples", "3", "--per-picture")
    assert (true["model"], true["captions"], true["samples"], true["size"]) == ("noise0", 24, 3, SIZE)
    assert [picture["caption"] for picture in true["pictures"]] == TEXTS
    assert true["r_precision"] == true["ceiling"]
    assert far["ceiling"] == true["ceiling"]
    assert true["diversity"] == {"mean": 0, "lower": 0, "median": 0, "upper": 0}
    assert far["diversity"]["lower"] > 0.01
    # The pictures of the first two captions are no training pictures; of a real one, the others count.
    assert true["nearest_training"]["median"] == 0 < true["nearest_training"]["mean"]
    assert true["nearest_training_real"]["lower"] > 0
    assert true["kernel_distance"]["value"] < far["kernel_distance"]["value"]
    assert "judge: judge (a joint embedding after 3 steps, sha256 " in true["protocol"]["r_precision"]
    assert "24 real pictures, shorter side brought to 32;" in true["protocol"]["r_precision"]
    assert "22 training pictures" in true["protocol"]["nearest_training"]
    assert true["note"] == "noise of seed 0"


def test_which_pictures_on_which_background(captions: Path, usual: list[str]) -> None:
    model = _painter(captions.parent, "painter", 64 * "0")
    both = [*usual, "--images", "image", "--images", "half", "--samples", "1"]
    found = {
        background: _rows("-m", model, *both, "--background", background)[0]
        for background in ("fixed", "white", "black")
    }
    assert len({row["kernel_distance"]["value"] for row in found.values()}) == 3
    assert "48 real pictures" in found["white"]["protocol"]["kernel_distance"]
    assert "transparency laid on #ffffff" in found["white"]["protocol"]["r_precision"]
    assert _rows("-m", model, *both) == [found["fixed"]]
    assert "a colour of its own for each" in found["fixed"]["protocol"]["r_precision"]
    own = _painter(captions.parent, "painter", 64 * "0", background="#000000")
    assert _rows("-m", own, *both) == [found["black"]]
    names = ["--names", f"{captions.parent / 'splits.json'}#held", "--without", "23"]
    assert _rows("-m", model, *usual, *names)[0]["captions"] == 21


def test_the_noise_is_that_of_the_seed_and_the_truncation(
    captions: Path, usual: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("srgan.metrics.LpipsMetric", AnyDistance)
    model = _painter(captions.parent, "painter", 64 * "0", noise=0.2)
    first, other, near = (
        _rows("-m", model, *usual, "--lpips", *options)[0]
        for options in ((), ("--seed", "5"), ("--truncation", "0.02"))
    )
    assert first["diversity"] != other["diversity"]
    assert 0 < near["diversity"]["upper"] < 0.2 * first["diversity"]["lower"]
    assert first["ceiling"] == other["ceiling"]
    assert [row["note"] for row in (other, near)] == ["noise of seed 5", "noise of seed 0, truncated at 0.02"]


def test_the_table_and_the_sheet(captions: Path, usual: list[str]) -> None:
    sheet = captions.parent / "sheet.png"
    first, second = (_painter(captions.parent, name, 64 * "0", size=side) for name, side in (("a", 32), ("b", 48)))
    out = _run("-m", first, "-m", second, *usual, "--sheet", str(sheet), "--rows", "3", "--samples", "2")
    starts = [line.split(" | ")[0] for line in out.splitlines() if line.startswith("| ")]
    assert starts[2:] == [
        "| real pictures of 32x32 (ceiling)",
        "| a",
        "| a, shuffled captions (floor)",
        "| real pictures of 48x48 (ceiling)",
        "| b",
        "| b, shuffled captions (floor)",
    ]
    assert "which gets them at 32x32 (bicubic)" in out
    with Image.open(sheet) as opened:
        pixels = np.asarray(opened.convert("RGB"))
    shown = [TEXTS[place] for place in (4, 12, 20)]
    for text in shown:
        # The true picture and two of each model, enlarged twice.
        assert (pixels == _colour(text)).all(axis=2).sum() == 4 * (3 * 32**2 + 2 * 48**2)


def test_a_judge_that_the_model_learned_from(captions: Path) -> None:
    folder = captions.parent
    early, late = (_embedding(folder / "words", step) for step in (1, 2))
    for encoder in (early, late):
        model = _painter(folder, "painter", TextDescription.of(ByteTokenizer(LENGTH), encoder).encoder)
        with pytest.raises(UsageError, match=r"'painter' learned from the text encoder of .* trained apart"):
            _run("-m", model, "--captions", str(captions), "--judge", str(folder / "words"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--captions", "x"], "--judge is missing"),
        (["--judge", "x"], "--captions is missing"),
        (["--captions", "x", "--source", "x"], "--source is for translation, --captions for text-to-image; give one"),
        (["--hr", "x", "--names", "x"], "--hr is for super-resolution, --names for translation and text-to-image"),
        (["--captions", "x", "--judge", "nowhere"], "--judge: nowhere is not there"),
        (["--captions", "x", "--judge", "x", "--training-names", "x"], "by LPIPS: add --lpips"),
        (["--captions", "x", "--judge", "x", "--sheet", "sheet.txt"], "no suffix of a picture"),
        (["--names", "x"], "is for text_to_image: measure it with --captions and --judge"),
    ],
)
def test_options_that_do_not_go_together(captions: Path, options: list[str], message: str) -> None:
    model = _painter(captions.parent, "painter", 64 * "0")
    with pytest.raises(UsageError, match=message):
        _run("-m", model, *options)


def test_captions_that_cannot_be_used(captions: Path, usual: list[str]) -> None:
    model = _painter(captions.parent, "painter", 64 * "0")
    with pytest.raises(UsageError, match=r"evaluate\.captions: the file .*nowhere\.jsonl is not there"):
        _run("-m", model, *usual, "--captions", str(captions.parent / "nowhere.jsonl"))
    with pytest.raises(UsageError, match="has 23 captions of other concepts, and needs 99"):
        _run("-m", model, *usual, "--distractors", "99")


def test_models_of_other_kinds(captions: Path, usual: list[str]) -> None:
    with pytest.raises(UsageError, match="'bicubic' is for super_resolution: measure it with --hr"):
        _run("-m", "bicubic", *usual)
    with pytest.raises(UsageError, match="--background fixed is for captions"):
        _run("-b", "grey", "--source", str(captions.parent), "--target", str(captions.parent), "--background", "fixed")
