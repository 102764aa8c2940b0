from typing import Any

import pytest
from pydantic import ValidationError

from srgan.errors import ModelError
from srgan.runtime import Command, ModelMetadata
from srgan.text import TextDescription

FULL = ModelMetadata(
    name="x4-fidelity",
    architecture="compact",
    scale=4,
    receptive_field=18,
    multiple_of=2,
    minimum=16,
    tile=480,
    precision="fp16",
    licence="Apache-2.0",
    training_run='{"seed": 1}',
    training_run_hash="ab",
    data_hash="cd",
    parity={"37x53": 1e-6, "ok": True},
)


TRANSLATION = ModelMetadata(
    name="t", task="unpaired_translation", scale=1, background="#FFffff", latent=8, size=128, multiple_of=256
)


TEXT = ModelMetadata(
    name="w",
    task="text_to_image",
    scale=1,
    latent=100,
    size=64,
    text=TextDescription({"kind": "bytes", "length": 96}, "ab" * 32),
)


CLASSES = ModelMetadata(
    name="c", task="generation", scale=1, latent=4, size=8, classes=("zero, one", "два"), prior="uniform"
)


@pytest.mark.parametrize("metadata", [FULL, TRANSLATION, TEXT, CLASSES, ModelMetadata(name="a", scale=1)])
def test_it_survives_the_file(metadata: ModelMetadata) -> None:
    props = metadata.to_props()
    assert all(key.startswith("srgan.") and isinstance(value, str) for key, value in props.items())
    assert ModelMetadata.from_props(props) == metadata


def test_an_unbounded_receptive_field_is_left_out() -> None:
    assert "srgan.receptive_field" not in ModelMetadata(name="a", scale=2).to_props()


def test_a_model_of_somebody_else_has_none() -> None:
    assert ModelMetadata.from_props({"name": "x", "scale": "4"}) is None


def test_entries_of_a_newer_version_are_ignored() -> None:
    assert ModelMetadata.from_props({**FULL.to_props(), "srgan.colour_of_the_bike_shed": "green"}) == FULL


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("background", "white"), ("background", "#fff"), ("latent", "-1"), ("size", "0")],
        *[
            ("text", "{"),
            ("classes", "a, b"),
            ("classes", '["a", "a"]'),
            ("classes", '["a", " "]'),
            ("prior", "cauchy"),
        ],
        ("scale", "four"),
        ("scale", "0"),
        ("parity", "{"),
        ("parity", "[" * 100_000),
        ("precision", "fp7"),
    ],
)
def test_a_wrong_entry_is_named(key: str, value: str) -> None:
    with pytest.raises(ModelError, match=f"srgan.{key}"):
        ModelMetadata.from_props({**FULL.to_props(), f"srgan.{key}": value})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3", "description of its text encoder is damaged: 3"),
        ('{"tokenizer": {"kind": "bytes"}}', "text encoder is damaged"),
        ('{"tokenizer": {"kind": "runes"}, "encoder": ""}', "tokenizer of the kind 'runes'"),
    ],
)
def test_a_wrong_description_of_texts_is_told(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        ModelMetadata.from_props({**TEXT.to_props(), "srgan.text": text})


def test_a_missing_entry_is_named() -> None:
    with pytest.raises(ModelError, match=r"srgan\.scale"):
        ModelMetadata.from_props({"srgan.name": "a"})


def test_it_does_not_change() -> None:
    with pytest.raises(ValidationError):
        FULL.scale = 2


@pytest.mark.parametrize(
    ("facts", "commands"),
    [
        ({"scale": 4}, ("upscale",)),
        ({"scale": 1}, ("upscale",)),
        ({"scale": 1, "task": "paired_translation"}, ("translate",)),
        ({"scale": 1, "task": "unpaired_translation", "latent": 3}, ("translate",)),
        ({"scale": 1, "task": "unknown"}, ("upscale", "translate")),
        ({"scale": 1, "task": "unknown", "latent": 3}, ("translate",)),
        ({"scale": 2, "task": "unknown"}, ("upscale",)),
        ({"scale": 2, "task": "unknown", "latent": 3}, ()),
        ({"scale": 1, "task": "text_to_image"}, ("generate",)),
        ({"scale": 1, "task": "generation"}, ("generate",)),
        ({"scale": 4, "task": "colouring"}, ()),
    ],
)
def test_which_commands_run_it(facts: dict[str, Any], commands: tuple[Command, ...]) -> None:
    metadata = ModelMetadata(name="a", **facts)
    assert metadata.commands == commands
    for command in ("upscale", "translate", "generate"):
        if command in commands:
            metadata.require(command)
        else:
            others = " or ".join(f"srgan {other}" for other in commands)
            with pytest.raises(ModelError, match=f"'a'.*{others}"):
                metadata.require(command)
    if not commands:
        with pytest.raises(ModelError, match="'a'"):
            metadata.require()
