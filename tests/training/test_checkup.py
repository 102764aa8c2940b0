"""Looking at a run before it is started."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from srgan.adversarial import OBJECTIVES, PENALTIES
from srgan.cli.train import train
from srgan.errors import UsageError
from srgan.losses import LOSSES
from srgan.networks import DISCRIMINATORS, ENCODERS, Compact
from srgan.training import check_run, load_run, make_generator, run_schema
from srgan.training.loading import RUNS
from srgan.training.super_resolution_run import SuperResolutionRun


def test_costs(run_file: Path, tmp_path: Path) -> None:
    run = load_run(run_file, (f"output={tmp_path}",))
    found = check_run(run)
    assert isinstance(run, SuperResolutionRun)
    network = make_generator(run.generator)
    weights = sum(p.numel() for name, p in network.named_parameters() if name.endswith("weight"))
    assert found.parameters == sum(p.numel() for p in network.parameters())
    # Two operations a weight and pixel forward, twice that backward (not to the input of the first layer), and the
    # fixed 5x5 convolution under it.
    stage = run.stages[0]
    pixels = stage.train.batch * stage.data.patch_at(1.0) ** 2
    assert isinstance(network, Compact)
    first = network.head.weight.numel()
    fixed = 2 * pixels * 12 * 12 * 25
    assert found.stages[0].gflops_per_step * 1e9 == pytest.approx(pixels * (6 * weights - 2 * first) + fixed, rel=0.01)
    assert found.stages[0].memory_bytes > 20 * found.parameters
    assert (found.pictures, found.receptive_field) == (3, 5)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("override", "message"),
    [("data.high=nowhere", r"data\.high: the folder nowhere is not there"), ("data.patch=60", r"data\.patch is 60")],
)
def test_what_is_wrong_is_said(run_file: Path, tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_run(load_run(run_file, (f"output={tmp_path}", override)))


def test_command(run_file: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(train, [str(run_file), "--check", "--set", f"output={tmp_path}"])
    assert result.exit_code == 0, result.output
    assert " parameters, sees 5 pixels around" in result.stdout
    assert "3 pictures" in result.stdout


def keys_of(task: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The keys of a task: of the last one where it is no other."""
    while "if" in schema:
        asked = schema["if"]["properties"] == {"task": {"const": task}}
        schema = schema["then" if asked else "else"]
    properties: dict[str, Any] = schema["properties"]
    return properties


super_resolution = functools.partial(keys_of, "super_resolution")
generation = functools.partial(keys_of, "generation")


def test_schema_names_every_part() -> None:
    schema = json.loads(CliRunner().invoke(train, ["--schema"]).stdout)
    assert schema == json.loads(json.dumps(run_schema()))
    for task, run in RUNS.items():
        for name, registry in run.parts.items():
            assert kinds(keys_of(task, schema)[name]) == sorted(registry)
        assert keys_of(task, schema)["task"].get("const") == task
    assert kinds(generation(schema)["encoder"]) == sorted(ENCODERS)
    losses = super_resolution(schema)["loss"]["items"]["oneOf"]
    assert kinds({"oneOf": losses}) == sorted(LOSSES)
    # The options of a part of one's own are not known.
    assert [part.get("additionalProperties") for part in losses] == [False] * len(LOSSES) + [None]
    assert "steps" in schema["$defs"]["TrainSection"]["properties"]


def kinds(choice: dict[str, Any]) -> list[str]:
    return [part["properties"]["kind"]["const"] for part in choice["oneOf"] if "const" in part["properties"]["kind"]]


def test_schema_of_stages_and_games() -> None:
    schema = run_schema()
    top, definitions = super_resolution(schema), schema["$defs"]
    assert top["stage"]["items"] == {"$ref": "#/$defs/SuperResolutionStage"}
    stage = definitions["SuperResolutionStage"]
    assert stage["required"] == ["name"]
    assert {*stage["properties"]} == {"name", "loss", "data", "train", "discriminator", "adversarial"}
    for tables in (top, stage["properties"]):
        assert kinds(tables["discriminator"]) == sorted(DISCRIMINATORS)
        assert tables["adversarial"]["anyOf"][0] == {"$ref": "#/$defs/AdversarialSection"}
    # What the trainer gives a discriminator is no option of the run file.
    assert not [part for part in top["discriminator"]["oneOf"] if "condition_channels" in part["properties"]]
    game = definitions["AdversarialSection"]["properties"]
    named, described = game["objective"]["anyOf"]
    assert named == {"enum": sorted(OBJECTIVES)}
    assert kinds(described) == sorted(OBJECTIVES)
    hinge = described["oneOf"][kinds(described).index("hinge")]["properties"]
    assert hinge["relativistic"]["anyOf"][0]["enum"] == ["average", "paired"]
    assert kinds(game["penalty"]["items"]) == sorted(PENALTIES)
    assert all(part["properties"]["every"]["minimum"] == 1 for part in game["penalty"]["items"]["oneOf"])
    r1 = game["penalty"]["items"]["oneOf"][kinds(game["penalty"]["items"]).index("r1")]
    assert r1["properties"]["gamma"]["exclusiveMinimum"] == 0


@pytest.mark.parametrize(("table", "name"), [("init", "InitSection"), ("safety", "SafetySection")])
def test_schema_of_tables_beside_the_stages(table: str, name: str) -> None:
    schema = run_schema()
    assert f"#/$defs/{name}" in json.dumps(super_resolution(schema)[table])
    section = schema["$defs"][name]
    assert section["additionalProperties"] is False
    assert all(option.get("description") for option in section["properties"].values())
    assert section.get("required", []) == (["weights"] if table == "init" else [])
