"""What ``srgan evaluate`` does with models for super-resolution: sets, tables, limits, reports."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from srgan.cli.evaluate_super_resolution import (
    SUPER_RESOLUTION_OPTIONS,
    evaluate_super_resolution,
    is_lanczos,
    super_resolution_options,
)
from srgan.errors import UsageError
from srgan.images import imresize
from srgan.metrics import ProtocolError
from srgan.zoo import load


@click.command()
@click.option("-m", "--model", "models", multiple=True)
@click.option("--json", "as_json", is_flag=True)
@click.option("--per-picture", is_flag=True)
@super_resolution_options
@click.pass_context
def measure(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401
    """The command without what it does for other tasks."""
    loaded = [load(name) for name in options["models"] if not is_lanczos(name)]
    everything = {**options, "device": "auto", "precision": "auto"}
    context.exit(evaluate_super_resolution({model.name: model for model in loaded}, everything, None))


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """``One/HR`` with two pictures, and ``Two`` with another."""
    random = np.random.default_rng(4)
    for place, size in (("One/HR/a", (52, 66)), ("One/HR/b", (50, 48)), ("Two/c", (60, 60))):
        path = tmp_path / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(imresize(random.integers(0, 256, (9, 9, 3), np.uint8), size=size)).save(path)
    return tmp_path


def _run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(measure, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def _hr(sets: Path, *names: str) -> list[str]:
    return [word for name in names for word in ("--hr", str(sets / name))]


def test_the_options_are_named() -> None:
    own = {parameter.name for parameter in measure.params} - {"models", "as_json", "per_picture"}
    assert own == {*SUPER_RESOLUTION_OPTIONS}


def test_several_models_on_several_sets(sets: Path, nearest_model: Path) -> None:
    models = ["-m", "bicubic", "-m", "lanczos", "-m", str(nearest_model), "-s", "2"]
    rows = json.loads(_run(*models, *_hr(sets, "One/HR", "Two"), "--json").stdout)
    found = [(row["dataset"], row["model"]) for row in rows]
    assert found == [(name, model) for name in ("One", "Two") for model in ("bicubic", "nearest", "lanczos")]
    assert rows[2]["psnr_y"] > rows[1]["psnr_y"]
    assert "pictures" not in rows[0]
    text = _run(*models, *_hr(sets, "Two"), "--metrics", "psnr_rgb, sharpness", "--per-picture").stdout
    assert "| Two x2 | PSNR (RGB), dB | Sharpness distance |" in text
    assert "| c.png | lanczos |" in text
    lines = [*csv.DictReader(io.StringIO(_run(*models, *_hr(sets, "Two"), "--csv").stdout))]
    assert {line["metric"] for line in lines} >= {"psnr_y", "ssim_y", "consistency", "grid"}


def test_finished_results_beside_models(sets: Path) -> None:
    arguments = ["-m", "bicubic", "-s", "2", *_hr(sets, "One/HR")]
    rows = json.loads(_run(*arguments, "--results", f"perfect={sets / 'One/HR'}", "--json").stdout)
    assert [row["psnr_y"] for row in rows][1] is None  # infinite
    with pytest.raises(UsageError, match="--results belong to one --hr"):
        _run(*arguments, *_hr(sets, "Two"), "--results", f"x={sets}")
    with pytest.raises(UsageError, match="the name bicubic stands twice"):
        _run(*arguments, "--results", f"bicubic={sets / 'One/HR'}")


def test_broken_limits_are_told_and_exit_with_3(sets: Path) -> None:
    arguments = ["-m", "bicubic", "-s", "2", *_hr(sets, "One/HR")]
    _run(*arguments, "--fail-below", "one.psnr_y=10", "--fail-above", "one.sharpness=0.99")
    result = _run(*arguments, "--fail-below", "one.psnr_y=90", "--fail-below", "one.ssim_y=0.01", code=3)
    assert "srgan: failed: bicubic on One x2: psnr_y " in result.stderr
    assert result.stderr.count("failed:") == 1
    assert "| One x2 |" in result.stdout  # the figures are printed all the same
    with pytest.raises(UsageError, match=r"--fail-below one\.psnr=3: there is no metric psnr"):
        _run(*arguments, "--fail-below", "one.psnr=3")


def test_a_report_and_an_earlier_one_beside_it(sets: Path) -> None:
    first, second = sets / "first", sets / "second"
    _run("-m", "bicubic", "-s", "2", *_hr(sets, "One/HR"), "--report", str(first))
    assert {path.name for path in first.iterdir()} == {"report.json", "report.csv", "report.md"}
    beside = ["-m", "lanczos", "-s", "2", *_hr(sets, "One/HR"), "--beside", str(first / "report.json")]
    text = _run(*beside, "--report", str(second)).stdout
    assert text.index("| lanczos |") < text.index("| bicubic |")
    assert (second / "report.md").read_text().startswith(text.rstrip("\n")[:200])
    low = sets / "low"
    low.mkdir()
    for name in ("a", "b"):
        Image.open(sets / f"One/HR/{name}.png").reduce(2).save(low / f"{name}.png")
    with pytest.raises(ProtocolError, match=r"lanczos and bicubic on One x2 cannot .* in LR: LR as given \(pixels"):
        _run(*beside, "--lr", str(low))


def test_charts_of_what_a_model_costs(sets: Path, nearest_model: Path) -> None:
    _run("-m", str(nearest_model), "-s", "2", *_hr(sets, "Two"), "--report", str(sets / "out"))
    chart = (sets / "out" / "computation_Two_x2.svg").read_text()
    assert f"<title>nearest: {360 * 640 * 12 * 27 / 1e9:.4g}, " in chart


def test_speed_is_measured_in_processes_of_their_own(sets: Path) -> None:
    arguments = ["-m", "lanczos", "-s", "2", *_hr(sets, "Two"), "--results", f"done={sets / 'Two'}"]
    done, fast = sorted(json.loads(_run(*arguments, "--speed", "--json").stdout), key=lambda row: str(row["model"]))
    assert "speed" not in done
    assert fast["speed"]["megapixels_per_second"] > 0
    # A fresh process with the package: not the hundreds of megabytes of the tests that ran before.
    assert 10 < fast["speed"]["peak_rss_mib"] < 400


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], r"which pictures\? Give the folder of full pictures"),
        (["--hr", "{sets}/Two", "--hr", "{sets}/One/HR", "--lr", "{sets}/Two"], "--lr stands 1 times and --hr 2 times"),
        (["--hr", "{sets}/Two", "--hr", "{sets}/Two"], "two of the folders are called two"),
        (["--hr", "{sets}/Two", "--metrics", "fid"], "there is no metric 'fid'"),
    ],
)
def test_options_that_do_not_go_together(sets: Path, options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _run("-m", "bicubic", *(option.format(sets=sets) for option in options))


@pytest.mark.data
def test_one_command_gives_the_table_of_the_readme(data_folder: Path, repository: Path) -> None:
    benchmark = data_folder / "benchmark"
    sets = ["--hr", str(benchmark / "Set5" / "HR"), "--hr", str(benchmark / "Set14" / "HR")]
    rows = json.loads(_run("-m", "x4-fidelity", "-m", "x4", "-m", "bicubic", *sets, "--json").stdout)
    readme = (repository / "README.md").read_text(encoding="utf-8")
    for name in ("x4-fidelity", "x4", "bicubic"):
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{name}` | ") and " dB | " in line]
        for row in rows:
            if row["model"] == name:
                assert f"| {row['psnr_y']:.2f} dB |" in line
