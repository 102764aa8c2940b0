"""The share of a perceptual model in a result, and default models by scale: HTTP as on the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.errors import UsageError
from srgan.images import read
from srgan.runtime import load_model
from srgan.serving import Client
from srgan.serving.inference import InferenceLoop, LoopSession
from srgan.serving.offer import Offer
from srgan.serving.remote import RemoteModel
from tests.runtime.networks import described
from tests.serving.running import Running, opened, picture, running


@pytest.fixture(scope="module")
def sharp() -> Iterator[Running]:
    """A server with nothing but a perceptual model."""
    with running(models=("x4",)) as server:
        yield server


def pixels(server: Running, **wishes: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401
    answer = httpx.post(f"{server.url}/v1/upscale", params=wishes, content=picture(), timeout=60)
    assert answer.status_code == 200, answer.text
    return np.asarray(opened(answer.content)).astype(int)


def test_between_the_faithful_model_and_the_model(server: Running, sharp: Running) -> None:
    faithful, full = pixels(server, model="x4-fidelity"), pixels(sharp)
    assert (faithful != full).any()
    assert (pixels(sharp, strength=0) == faithful).all()
    assert (pixels(sharp, strength=1) == full).all()
    assert np.abs(pixels(sharp, strength=0.25) - (0.25 * full + 0.75 * faithful)).max() <= 0.51
    plain = pixels(server, model="bicubic", scale=4)
    assert (pixels(server, model="x4-fidelity", strength=0) == plain).all(), "it has none beside it"
    for model in sharp.service.offer:
        assert model.counterpart is not None
        assert isinstance(model.counterpart.model().session, LoopSession), "its tiles go through the loop too"
    answer = httpx.post(f"{sharp.url}/v1/upscale", params={"strength": 1.1}, content=picture())
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")


def test_what_is_loaded_is_loaded_once() -> None:
    with running(models=("x4", "x4-fidelity")) as server:
        models = {model.name: model for model in server.service.offer}
        other = models["x4"].counterpart
        assert other is not None
        assert other.model() is models["x4-fidelity"]
        with Client(server.url) as client:
            cards = {card["name"]: card for card in client.models()}
        assert cards["x4-fidelity"]["fidelity"] is None
        assert cards["x4"]["fidelity"] == {"name": "x4-fidelity", "sha256": models["x4-fidelity"].sha256}


def test_a_server_computes_as_the_command_line(
    sharp: Running, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(repository / "examples/cat.png")
    for strength in ("0", "0.5"):
        results: list[np.ndarray[Any, Any]] = []
        for where in (["--server", sharp.url], ["--device", "cpu", "--precision", "fp32"]):
            out = tmp_path / f"{len(results)}.png"
            options = ["-m", "x4", "--strength", strength, "-o", str(out), "-y", *where]
            assert run(cli, ["upscale", source, *options]) == 0
            assert "x4-fidelity" in capsys.readouterr().err
            results.append(read(out).rgb)
        assert (results[0] == results[1]).all()


def test_jobs_take_a_strength_too(sharp: Running) -> None:
    with Client(sharp.url) as client:
        job = client.submit(picture(), strength=0.5)
        result = np.asarray(opened(job.result().data)).astype(int)
        assert (result == pixels(sharp, strength=0.5)).all()
        with pytest.raises(UsageError, match="strength"):
            client.submit(picture(), "translate", strength=0.5)


def test_the_scale_chooses_among_the_default_models() -> None:
    models = [load_model(described(scale, name=f"x{scale}"), device="cpu") for scale in (4, 2, 3)]
    offer = Offer([(model, "") for model in models], InferenceLoop(), {2: "x2", 3: "x3"})
    wanted = {None: "x4", 1.5: "x2", 2: "x2", 2.5: "x3", 4: "x4", 8: "x4"}
    assert {scale: offer.choose("upscale", None, scale).name for scale in wanted} == wanted
    assert offer.choose("upscale", "x3", 2).name == "x3"

    class Asked:
        def models(self) -> list[dict[str, Any]]:
            return [card.model_dump() for card in offer.cards]

    asked: Any = Asked()
    assert {scale: RemoteModel(asked, None, scale).name for scale in wanted} == wanted
    assert RemoteModel(asked, "x3", 2).name == "x3"
    plain = Offer([(model, "") for model in models], InferenceLoop())
    assert plain.choose("upscale", None, 2).name == "x4", "who names the models says which is the default"
