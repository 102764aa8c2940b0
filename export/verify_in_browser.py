"""Run a model file in a browser, through onnxruntime-web, and compare the picture with what srgan makes of it.

``python export/verify_in_browser.py x4_web.onnx photo.png --runtime node_modules/onnxruntime-web --against x4.onnx``,
for a file exported with ``--target export/targets/browser.toml``. Needs chromium, Python's playwright
(``pip install playwright``) and the runtime (``npm install onnxruntime-web``). Pages and files are served on the
loopback interface only. Exit code 6 when the pictures differ by more than two levels of 255.
"""

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from srgan.errors import ModelError, SrganError, UsageError
from srgan.images import read
from srgan.runtime import draw_noise
from srgan.runtime.onnx_file import read_onnx_file
from srgan.zoo import load_model

LARGEST = 2
"""Levels of 255 by which a browser's picture may differ: its sums run in another order, and round to other levels."""

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_TYPES = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
_PAGE = b"""<!doctype html><meta charset="utf-8"><title>srgan</title><script src="/runtime/ort.wasm.min.js"></script>
<script>
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = "/runtime/";
async function upscale(shape, latent) {
  const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  const session = await ort.InferenceSession.create("/model.onnx");
  const feeds = { input: new ort.Tensor("uint8", await bytes("/pixels"), shape) };
  if (latent) {
    feeds.noise = new ort.Tensor("float32", new Float32Array((await bytes("/noise")).buffer), [1, latent]);
  }
  const start = performance.now();
  const { output } = await session.run(feeds);
  const seconds = (performance.now() - start) / 1000;
  await fetch("/result", { method: "POST", body: output.data });
  return { dims: output.dims, type: output.type, seconds };
}
</script>
"""


def run_in_browser(model: Path, picture: NDArray[np.uint8], runtime: Path) -> tuple[NDArray[np.uint8], float]:
    """What onnxruntime-web makes of a picture in headless chromium, and the seconds that took.

    Args:
        model: takes `input` ``(batch, height, width, 3)`` uint8 and gives `output` likewise.
        picture: ``(height, width, 3)``.
        runtime: folder of the npm package onnxruntime-web.

    Raises:
        UsageError: the browser, playwright or the runtime is missing.
        ModelError: the browser cannot run the model.
    """
    dist = runtime / "dist"
    if not (dist / "ort.wasm.min.js").is_file():
        raise UsageError(f"{runtime} is no folder of onnxruntime-web: npm install onnxruntime-web")
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise UsageError("chromium is missing: apt-get install chromium")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise UsageError("playwright is missing: pip install playwright") from None
    metadata = read_onnx_file(model).metadata
    noise = draw_noise(0, 0, metadata.latent if metadata else 0)
    served = {"/": _PAGE, "/model.onnx": model.read_bytes(), "/pixels": picture.tobytes()}
    shape = [1, *picture.shape]
    if noise is not None:
        served["/noise"] = noise.tobytes()
    with _server(served, dist) as (address, results), sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.goto(address)
            told: dict[str, Any] = page.evaluate(
                "([shape, latent]) => upscale(shape, latent)", [shape, 0 if noise is None else noise.shape[1]]
            )
        except Error as error:
            raise ModelError(f"{model} does not run in the browser: {error.message.splitlines()[0]}") from None
        finally:
            browser.close()
    if told["type"] != "uint8" or not results:
        raise ModelError(f"{model} gives {told['type']}, not 8-bit pixels; export it with --target browser.toml")
    return np.frombuffer(results[0], np.uint8).reshape(told["dims"])[0], told["seconds"]


@contextmanager
def _server(served: dict[str, bytes], dist: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Serves those pages and the runtime on the loopback interface, and keeps what is posted to it."""
    results: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """A page or a file of the runtime, nothing else."""
            file = dist / Path(self.path).name
            content = served.get(self.path)
            if content is None and self.path.startswith("/runtime/") and file.is_file():
                content = file.read_bytes()
            self.send_response(404 if content is None else 200)
            kind = "text/html" if self.path == "/" else _TYPES.get(file.suffix, "application/octet-stream")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def do_POST(self) -> None:
            """The result."""
            results.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads a log of this."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", results
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def compare(model: Path, picture: Path, runtime: Path, against: str | None) -> dict[str, Any]:
    """Run a model in the browser and here, on the same picture.

    Args:
        model: the file for browsers.
        picture: a picture, cut to sides that the network takes.
        runtime: folder of onnxruntime-web.
        against: model that `srgan upscale` or `srgan translate` runs, by name or path; None: the same file, by
            ONNX Runtime here.

    Returns:
        ``levels`` (largest difference), ``size`` of the result and ``seconds`` in the browser.

    Raises:
        UsageError: something is missing, or the picture is too small.
        ModelError: the browser or ONNX Runtime cannot run the file.
    """
    metadata = read_onnx_file(model).metadata
    step, least = (metadata.multiple_of, metadata.minimum) if metadata else (1, 1)
    whole = read(picture).rgb
    if whole.dtype != np.uint8:
        raise UsageError(f"{picture} must be a picture with 8 bits a channel")
    height, width = (side // step * step for side in whole.shape[:2])
    if min(height, width) < max(1, least):
        raise UsageError(f"{picture} is {whole.shape[1]}x{whole.shape[0]}; the network takes no side below {least}")
    pixels = np.ascontiguousarray(whole[:height, :width], np.uint8)
    result, seconds = run_in_browser(model, pixels, runtime)
    expected = _here(model, pixels) if against is None else _by_srgan(against, pixels)
    if result.shape != expected.shape:
        raise ModelError(f"the browser makes a picture of {result.shape}, and here it is {expected.shape}")
    levels = int(np.abs(result.astype(int) - expected).max())
    return {"levels": levels, "size": f"{result.shape[1]}x{result.shape[0]}", "seconds": round(seconds, 3)}


def _here(model: Path, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    metadata = read_onnx_file(model).metadata
    noise = draw_noise(0, 0, metadata.latent if metadata else 0)
    feeds: dict[str, NDArray[Any]] = {"input": pixels[None], **({} if noise is None else {"noise": noise})}
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    result: NDArray[np.uint8] = session.run(["output"], feeds)[0][0]
    return result


def _by_srgan(name: str, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    model = load_model(name, device="cpu", precision="fp32")
    result = model.upscale(pixels) if "upscale" in model.metadata.commands else model.translate(pixels)
    return np.asarray(result)


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--runtime", required=True, type=click.Path(path_type=Path), help="Folder of the npm package.")
@click.option("--against", help="Model for srgan, by name or path; by default MODEL itself, in ONNX Runtime here.")
def main(model: Path, picture: Path, runtime: Path, against: str | None) -> None:
    """Run MODEL on PICTURE in headless chromium, and compare."""
    try:
        told = compare(model, picture, runtime, against)
    except SrganError as error:
        click.echo(f"verify_in_browser: error: {error}", err=True)
        sys.exit(error.exit_code)
    click.echo(json.dumps({**told, "allowed": LARGEST}))
    sys.exit(ModelError.exit_code if told["levels"] > LARGEST else 0)


if __name__ == "__main__":
    main()
