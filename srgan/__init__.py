"""Super-resolution, image-to-image translation and text-to-image, from pictures to a model in production.

The public Python API is six names, loaded on first use so that ``import srgan`` costs nothing:

* ``upscale(image_or_path, model=..., scale=...)``: one picture, upscaled;
* ``translate(image_or_path, model=...)``: one picture, translated;
* ``generate(text, model=..., count=...)``: pictures of a text;
* ``load_model(name_or_path)``: a ``Model``, to be kept and used for many pictures;
* ``Model``: its class;
* ``Client(url)``: the same of a server that ``srgan serve`` started.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from srgan.runtime import Model
    from srgan.serving import Client
    from srgan.zoo import generate, load_model, translate, upscale

__all__ = ["Client", "Model", "__version__", "generate", "load_model", "translate", "upscale"]

__version__ = "0.1.0"

# ONNX Runtime reports its sessions to its maker unless this is set before it is first imported, by whatever imports it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "Client": "srgan.serving",
    "Model": "srgan.runtime",
    **dict.fromkeys(("generate", "load_model", "translate", "upscale"), "srgan.zoo"),
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'srgan' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
