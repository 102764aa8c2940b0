"""Cards in the forms of others."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from srgan.runtime import ModelMetadata, read_file
from srgan.zoo import list_models
from srgan.zoo.cards import hub_card, open_model_db
from tests.runtime.networks import network


def card_of(**facts: object) -> str:
    metadata = ModelMetadata.model_validate({"name": "mine", "scale": 2, "architecture": "compact", **facts})
    return hub_card(read_file(network(2, metadata=metadata)), "# mine\n\nFor photographs.\n")


def head(card: str) -> dict[str, object]:
    """The YAML head; its values are JSON, which YAML contains."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    assert found is not None
    return {key: json.loads(value) for key, value in (line.split(": ", 1) for line in found[1].splitlines())}


@pytest.mark.parametrize("entry", list_models(), ids=lambda entry: entry.name)
def test_every_packaged_model_has_a_card_for_the_hub(entry: object) -> None:
    file = read_file(entry.file)  # type: ignore[attr-defined]
    card = hub_card(file, entry.card.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert head(card).keys() >= {"library_name", "pipeline_tag", "license", "tags"}
    assert head(card)["library_name"] == "srgan"
    kinds = {"text_to_image": "text-to-image"}
    assert head(card)["pipeline_tag"] == kinds.get(entry.task, "image-to-image")  # type: ignore[attr-defined]
    assert file.sha256 in card
    assert card.count("\n# ") == 1
    assert "## Training" in card


def test_the_head_of_a_card() -> None:
    assert head(card_of(licence="CC-BY-SA-4.0"))["license"] == "cc-by-sa-4.0"
    own = head(card_of(licence="research only"))
    assert (own["license"], own["license_name"]) == ("other", "research only")
    assert head(card_of(task="paired_translation", scale=1))["tags"] == ["onnx", "paired-translation", "compact"]


def test_what_was_measured_is_on_the_card() -> None:
    parity = {"precision": "int8", "max_error": {"openvino": {"1x3x1x1": 0.01, "1x3x7x5": 0.02}},
              "psnr": {"openvino": {"1x3x1x1": 41.26, "1x3x7x5": 50}}}  # fmt: skip
    card = card_of(parity=parity, precision="int8")
    assert "| openvino | 0.02 | 41.3 dB |" in card
    assert "| precision | int8 |" in card
    assert card.rstrip().endswith("For photographs.")
    assert "srgan upscale pictures/ --model mine.onnx" in card


def test_open_model_db(repository: Path) -> None:
    entry = list_models()[0]
    file = read_file(entry.file)
    row = open_model_db(file, author="someone", description="for photographs", url="https://host/x.onnx")
    assert json.loads(json.dumps(row)) == row
    # The fields that OpenModelDB's schema asks for.
    needed = {"name", "author", "license", "tags", "description", "date", "architecture", "size", "scale"}
    assert row.keys() >= needed | {"inputChannels", "outputChannels", "resources", "images"}
    assert (row["license"], row["scale"]) == ("Apache-2.0", 4)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
    (resource,) = row["resources"]
    assert (resource["sha256"], resource["size"]) == (file.sha256, entry.file.stat().st_size)
    assert resource["urls"] == ["https://host/x.onnx"]
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert row["license"] in project["license"].split(" AND ")


def test_words_are_no_licence_for_open_model_db() -> None:
    metadata = ModelMetadata(name="mine", scale=2, licence="research only")
    row = open_model_db(read_file(network(2, metadata=metadata)), author="a", description="", url=None)
    assert row["license"] is None
    assert row["resources"][0]["urls"] == []


def test_the_package_names_the_licences_of_its_models(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert set(project["license"].split(" AND ")) == {"Apache-2.0", *(entry.licence for entry in list_models())}
