"""Files for browsers run in a browser. `npm install onnxruntime-web`; SRGAN_ORT_WEB names the package's folder."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from PIL import Image

import export.verify_in_browser as program
from srgan.exporting.examples import example_picture
from srgan.exporting.forms import shaped
from srgan.exporting.target import load_target
from srgan.runtime import read_model_file
from tests.runtime import networks, translators


@pytest.fixture(scope="module")
def runtime() -> Path:
    """The npm package, on a machine that has a browser too."""
    pytest.importorskip("playwright.sync_api")
    folder = os.environ.get("SRGAN_ORT_WEB")
    if not folder:
        pytest.skip("SRGAN_ORT_WEB does not name the folder of onnxruntime-web (npm install onnxruntime-web)")
    if not any(map(shutil.which, program._PROGRAMS)):
        pytest.skip("no Chromium on this machine")
    return Path(folder)


def files(folder: Path, repository: Path, content: bytes) -> tuple[Path, Path, Path]:
    """The file for browsers, the one that srgan runs, and a picture."""
    ours, web, picture = folder / "ours.onnx", folder / "web.onnx", folder / "picture.png"
    metadata = read_model_file(content).metadata
    assert metadata is not None
    target = load_target(repository / "export/targets/browser.toml")
    ours.write_bytes(content)
    onnx.save(shaped(onnx.load_model_from_string(content), metadata, target), web)
    Image.fromarray(np.rint(255 * example_picture(1, 45, 61)[0].transpose(1, 2, 0)).astype(np.uint8)).save(picture)
    return web, ours, picture


def check(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(program.main, [str(one) for one in arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize("kind", ["enlarging", "translating with noise"])
def test_the_browser_makes_the_same_picture(kind: str, runtime: Path, repository: Path, tmp_path: Path) -> None:
    enlarges = kind == "enlarging"
    content = networks.described(2, unshuffle=2) if enlarges else translators.described(latent=4)
    web, ours, picture = files(tmp_path, repository, content)
    for against in (("--against", ours), ()) if enlarges else ((),):
        code, said = check(web, picture, "--runtime", runtime, *against)
        assert code == 0, said
        told = json.loads(said)
        assert told["levels"] <= told["allowed"] == 2
        assert told["size"] == ("120x88" if enlarges else "61x45")


def test_another_picture_is_told(runtime: Path, repository: Path, tmp_path: Path) -> None:
    web, ours, picture = files(tmp_path, repository, networks.described(2))
    model = onnx.load(ours)
    weights = next(tensor for tensor in model.graph.initializer if len(tensor.dims) == 4)
    weights.CopyFrom(onnx.numpy_helper.from_array(2 * onnx.numpy_helper.to_array(weights), weights.name))
    onnx.save(model, ours)
    code, said = check(web, picture, "--runtime", runtime, "--against", ours)
    assert code == 6
    assert json.loads(said)["levels"] > 2
    code, said = check(ours, picture, "--runtime", runtime)
    assert code == 6
    assert "does not run in the browser" in said


def test_what_is_missing_is_named(repository: Path, tmp_path: Path) -> None:
    web, _, picture = files(tmp_path, repository, networks.described(2))
    code, said = check(web, picture, "--runtime", tmp_path)
    assert code == 2
    assert "npm install onnxruntime-web" in said
    code, said = check(tmp_path / "absent.onnx", picture, "--runtime", tmp_path)
    assert code == 6
    assert "absent.onnx" in said
