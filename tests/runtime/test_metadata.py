import pytest
from pydantic import ValidationError

from srgan.errors import ModelError
from srgan.runtime import ModelMetadata

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


@pytest.mark.parametrize("metadata", [FULL, ModelMetadata(name="a", scale=1)])
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
    [("scale", "four"), ("scale", "0"), ("parity", "{"), ("parity", "[" * 100_000), ("precision", "fp7")],
)
def test_a_wrong_entry_is_named(key: str, value: str) -> None:
    with pytest.raises(ModelError, match=f"srgan.{key}"):
        ModelMetadata.from_props({**FULL.to_props(), f"srgan.{key}": value})


def test_a_missing_entry_is_named() -> None:
    with pytest.raises(ModelError, match=r"srgan\.scale"):
        ModelMetadata.from_props({"srgan.name": "a"})


def test_it_does_not_change() -> None:
    with pytest.raises(ValidationError):
        FULL.scale = 2
