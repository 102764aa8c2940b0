"""The tables of docs/export.md: of every network there is, as measured, and within the marks or refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from PIL import Image

from export import parity_table
from export.parity_table import Exported, main, measure, packaged, registered, tables, with_tables
from srgan.errors import ModelError
from srgan.exporting.examples import SHAPES, example_picture, shape_name
from srgan.exporting.target import PRECISIONS
from srgan.networks import GENERATORS, LATENT_GENERATORS
from srgan.runtime import read_model_file
from tests.runtime.networks import described

MOST_LOST = 0.3
ISSUE = {"1x3x1x1", "1x3x7x5", "1x3x37x53", "1x3x64x64", "1x3x128x96", "3x3x64x64"}


@pytest.fixture
def recorded(repository: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((repository / "docs/export_parity.json").read_text())
    return figures


def test_every_network_is_there(recorded: dict[str, Any]) -> None:
    assert list(recorded) == [*registered(), *packaged()]
    kinds = {name.partition(" (")[0] for name in recorded}
    assert kinds >= {*GENERATORS, *LATENT_GENERATORS}


def test_the_page_shows_what_was_measured(recorded: dict[str, Any], repository: Path) -> None:
    page = (repository / "docs/export.md").read_text(encoding="utf-8")
    assert with_tables(page, tables(recorded)) == page


def test_all_is_within_the_marks_or_refused(recorded: dict[str, Any]) -> None:
    for name, each in recorded.items():
        errors = each["fp32"]["max_error"]
        assert errors.keys() >= (ISSUE if any("x" in shape for shape in errors) else {"1", "3"}), name
        assert max(errors.values()) <= 1e-4, name
        for precision, least in (("fp16", 50), ("bf16", 45), ("int8", 25)):
            figure = each[precision]
            if "refused" not in figure:
                assert figure["psnr"].keys() == errors.keys(), name
                assert min(figure["psnr"].values()) >= least, name
        measured = each["int8"].get("task_psnr", {})
        if "agreement" in measured:
            assert measured["agreement"] >= 40, name
        elif measured:
            assert measured["fp32"] - measured["int8"] <= MOST_LOST, name


def small() -> Exported:
    content = read_model_file(described(2, minimum=12))
    assert content.metadata is not None
    parity = {
        "openvino": {"1x3x1x1": 1e-7, "1x3x37x53": 2e-7, "3x3x64x64": 5e-7},
        "onnxruntime": {"1x3x37x53": 3e-7},
    }
    return Exported(onnx.load_model_from_string(content.content), content.metadata, {"max_error": parity})


def test_measuring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One small network through the program, into a page of its own."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(2):
        picture = example_picture(1, 80, 72 + number)[0].transpose(1, 2, 0)
        Image.fromarray(np.rint(255 * picture).astype(np.uint8)).save(folder / f"{number}.png")
    exported = small()
    monkeypatch.setattr(parity_table, "registered", dict)
    monkeypatch.setattr(parity_table, "packaged", lambda: {"small": lambda: exported})
    (tmp_path / "export.md").write_text(f"# Page\n{''.join(parity_table.MARKS)}The end.\n")
    result = CliRunner().invoke(main, ["--docs", str(tmp_path), "--pictures", str(folder)])
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "export_parity.json").read_text())["small"]
    assert figures["fp32"]["max_error"] == {"1x3x1x1": 1e-7, "1x3x37x53": 3e-7, "3x3x64x64": 5e-7}
    assert figures["fp16"]["psnr"].keys() == set(map(shape_name, SHAPES))
    page = (tmp_path / "export.md").read_text()
    assert "| small | 1x3x37x53 | 3.0e-07 | " in page
    assert "real pictures |" in page
    assert page.endswith("The end.\n")
    assert "there is no tiny" in CliRunner().invoke(main, ["--docs", str(tmp_path), "--only", "tiny"]).output


def test_what_is_refused_is_in_the_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise ModelError("too far away; nothing was written")

    monkeypatch.setattr(parity_table, "lower", refuse)
    figures = {"small": measure(small(), tmp_path)}
    assert figures["small"]["fp16"] == {"refused": "too far away"}
    rows = tables(figures).splitlines()
    assert "| small | 1x3x1x1 | 1.0e-07 | refused | refused | refused |" in rows
    assert "| small | " + " | ".join(["refused: too far away"] * len(PRECISIONS[1:])) + " |" in rows


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        with_tables("# Page\n", "")
