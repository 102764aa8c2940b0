"""The routes that answer with a picture."""

import re

import httpx
import numpy as np
import pytest

from srgan import load_model
from tests.serving.running import opened, picture


def test_a_raw_body_is_enlarged_as_the_command_line_does_it(http: httpx.Client) -> None:
    data = picture(9, 7)
    answer = http.post("/v1/upscale", params={"model": "x4-fidelity"}, content=data)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    image = opened(answer.content)
    expected = load_model("x4-fidelity", device="cpu", precision="fp32").upscale(np.asarray(opened(data)))
    assert np.abs(np.asarray(image).astype(int) - expected).max() <= 1


def test_the_answer_says_how_it_was_made(http: httpx.Client) -> None:
    answer = http.post("/v1/upscale", params={"model": "x4-fidelity"}, content=picture(9, 7))
    said = {name[8:]: value for name, value in answer.headers.items() if name.startswith("x-srgan-")}
    assert said["model"] == "x4-fidelity"
    assert said["scale"] == "4"
    assert said["device"].startswith("CPU")
    assert said["precision"] == "fp32"
    assert (said["width"], said["height"]) == ("36", "28")
    assert 0 <= int(said["milliseconds"]) < 60_000


@pytest.mark.parametrize(
    ("wishes", "size"),
    [
        ({}, (32, 24)),
        ({"scale": "2.5"}, (20, 15)),
        ({"width": "16"}, (16, 12)),
        ({"width": "16", "height": "5"}, (16, 5)),
        ({"long_side": "24"}, (24, 18)),
    ],
)
@pytest.mark.parametrize("way", ["query", "form", "both"])
def test_wishes_for_a_size(http: httpx.Client, wishes: dict[str, str], size: tuple[int, int], way: str) -> None:
    query = {"format": "webp"} if way == "form" else wishes
    form = {"format": "bmp"} if way == "query" else wishes
    answer = http.post("/v1/upscale", params=query, data=form, files={"image": ("a.png", picture())})
    assert answer.status_code == 200, answer.text
    assert opened(answer.content).size == size


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff", "bmp", "gif", "avif", "ppm"])
def test_formats(http: httpx.Client, format: str) -> None:
    answer = http.post("/v1/upscale", params={"format": format, "scale": 1}, content=picture())
    assert opened(answer.content).format == format.upper()
    assert answer.headers["content-type"].startswith("image/")


def test_the_format_of_the_picture_is_kept(http: httpx.Client) -> None:
    answer = http.post("/v1/upscale", content=picture(format="WEBP"), headers={"content-type": "image/png"})
    assert opened(answer.content).format == "WEBP"


def test_a_form_overrides_the_query(http: httpx.Client) -> None:
    files = {"image": ("a.png", picture())}
    answer = http.post("/v1/upscale", params={"scale": 2}, data={"scale": "3", "format": ""}, files=files)
    assert opened(answer.content).size == (24, 18)


def test_translation(http: httpx.Client) -> None:
    answer = http.post("/v1/translate", params={"size": 64}, content=picture(40, 20))
    assert answer.status_code == 200
    assert opened(answer.content).size == (64, 32)
    assert answer.headers["x-srgan-model"] == "emoji-colour"


def test_texts_and_classes(http: httpx.Client) -> None:
    first = http.post("/v1/generate", json={"text": "a red apple", "seed": 3})
    again = http.post("/v1/generate", json={"text": "a red apple", "seed": 3, "model": "text-maker"})
    other = http.post("/v1/generate", json={"text": "a red apple", "seed": 3, "sample": 1})
    assert first.status_code == 200
    assert opened(first.content).size == (8, 8)
    assert first.content == again.content != other.content
    dog = http.post("/v1/generate", json={"label": "dog", "model": "class-maker", "truncation": 0.5, "format": "webp"})
    assert opened(dog.content).format == "WEBP"


def test_models_are_described(http: httpx.Client) -> None:
    about = http.get("/v1/models").json()
    models = {model["name"]: model for model in about["models"]}
    assert [name for name, model in models.items() if model["default"]] == ["bicubic", "emoji-colour", "text-maker"]
    assert models["x4-fidelity"]["command"] == "upscale"
    assert models["x4-fidelity"]["scale"] == 4
    assert re.fullmatch("[0-9a-f]{64}", models["x4-fidelity"]["sha256"])
    assert models["text-maker"]["takes"] == "text"
    assert models["class-maker"]["classes"] == ["cat", "Dog", "0 or 1"]
    assert about["limits"]["body_bytes"] == 25_000_000
    assert "/" not in "".join(models)


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ({}, b"", 400, "empty"),
        ({}, b"no picture at all", 415, "not_an_image"),
        ({}, b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, "format_not_allowed"),
        ({}, picture()[:60], 422, "truncated"),
        ({"scale": "0"}, picture(), 422, "bad_parameter"),
        ({"scale": "nan"}, picture(), 422, "bad_parameter"),
        ({"scale": "many"}, picture(), 400, "bad_parameter"),
        ({"scale": "2", "width": "9"}, picture(), 422, "bad_parameter"),
        ({"scal": "2"}, picture(), 400, "bad_parameter"),
        ({"format": "exe"}, picture(), 422, "bad_parameter"),
        ({"width": "65535", "height": "65535"}, picture(), 422, "too_large"),
        ({"width": "20000", "format": "webp"}, picture(1, 1), 422, "output_too_large_for_format"),
        ({"model": "x5"}, picture(), 404, "unknown_model"),
        ({"model": "../x4-fidelity.onnx"}, picture(), 404, "unknown_model"),
        ({"model": "emoji-colour"}, picture(), 404, "unknown_model"),
    ],
)
def test_refusals(http: httpx.Client, query: dict[str, str], content: bytes, status: int, code: str) -> None:
    answer = http.post("/v1/upscale", params=query, content=content)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert set(problem) == {"code", "message", "request_id"}
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert not re.search(r"/(home|work|usr|tmp)/|Traceback|\.py\b", answer.text)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 400),
        (b'{"text": ""}', 422),
        (b'{"text": "a", "steps": 9}', 400),
        (b"{}", 422),
        (b'{"label": "cat"}', 422),
        (b'{"text": "a", "seed": -1}', 422),
        (b"[" * 100_000, 400),
    ],
)
def test_refusals_of_texts(http: httpx.Client, body: bytes, status: int) -> None:
    assert http.post("/v1/generate", content=body).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\n",
        b"no boundary at all",
        b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nx\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nx\r\n' * 2 + b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="scale"\r\n\r\n2\r\n' * 20 + b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="scale"\r\n\r\n' + b"2" * 20_000 + b"\r\n--x--\r\n",
    ],
)
def test_forms_that_are_none(http: httpx.Client, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = http.post("/v1/upscale", content=body, headers=headers)
    assert answer.status_code == 400


def test_addresses_and_methods_that_are_none(http: httpx.Client) -> None:
    assert http.get("/v2/upscale").json()["code"] == "no_route"
    answer = http.get("/v1/upscale")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
