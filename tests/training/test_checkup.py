"""Looking at a run before it is started."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from srgan.cli.train import train
from srgan.errors import UsageError
from srgan.losses import LOSSES
from srgan.networks import GENERATORS, Compact
from srgan.training import check_run, load_run, make_generator, run_schema


def test_costs(run_file: Path, tmp_path: Path) -> None:
    run = load_run(run_file, (f"output={tmp_path}",))
    found = check_run(run)
    network = make_generator(run.generator)
    weights = sum(p.numel() for name, p in network.named_parameters() if name.endswith("weight"))
    assert found.parameters == sum(p.numel() for p in network.parameters())
    # Two operations a weight and pixel forward, twice that backward (not to the input of the first layer), and the
    # fixed 5x5 convolution under it.
    stage = run.stages[0]
    pixels = stage.train.batch * stage.data.patch**2
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


def test_schema_names_every_part() -> None:
    schema = json.loads(CliRunner().invoke(train, ["--schema"]).stdout)
    assert schema == json.loads(json.dumps(run_schema()))
    kinds = [part["properties"]["kind"]["const"] for part in schema["properties"]["generator"]["oneOf"]]
    assert kinds == sorted(GENERATORS)
    losses = schema["properties"]["loss"]["items"]["oneOf"]
    assert [part["properties"]["kind"]["const"] for part in losses] == sorted(LOSSES)
    assert all(part["additionalProperties"] is False for part in losses)
    assert "steps" in schema["$defs"]["TrainSection"]["properties"]
