"""Does a model file do on this machine what it did where it was exported?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from srgan.runtime import Device, Model, draw_noise, load_model

__all__ = ["AGREEMENT_DB", "LEAST_DB", "TILED_LEVELS", "Verdict", "verify"]

TILED_LEVELS = 0.01
"""Largest difference between tiles and one piece, in levels of 255."""

AGREEMENT_DB = 40.0
"""Least PSNR between service and 32-bit arithmetic; half precision reaches 50 dB, a broken one not 30."""

LEAST_DB = {"fp32": 100.0, "tf32": 50.0, "fp16": 50.0, "bf16": 45.0}
"""Least PSNR to 32-bit arithmetic on the CPU at every shape, by the precision that runs here."""

_SHAPES = ((1, 1), (7, 5), (37, 53), (64, 64), (128, 96))


class Verdict(NamedTuple):
    """One check and its outcome."""

    name: str
    passed: bool
    detail: str


def verify(path: Path, device: Device = "auto") -> Iterator[Verdict]:
    """Check a model file on the machine that will run it, one check after the other.

    It must say what it is, give the same picture in tiles as in one piece, and agree with 32-bit arithmetic on the
    CPU: at every shape, and as it will serve.

    Args:
        path: the file.
        device: where it will run.

    Raises:
        ModelError: it is refused.
        UsageError: the device cannot be had.
    """
    model = load_model(path, device=device)
    yield _metadata(model)
    if "generate" in model.metadata.commands:
        yield _pictures(model, path)
        return
    yield _tiles(path, device)
    yield _shapes(model, path)
    yield _service(model, path)


def _metadata(model: Model) -> Verdict:
    """The file says what it is, what it was made from and what may be done with it."""
    facts = model.metadata.model_dump()
    wanted = ["architecture", "licence", "training_run_hash", "parity"]
    if "upscale" in model.metadata.commands:
        wanted.append("receptive_field")  # a translation may look at the whole picture
    if model.metadata.training_run.startswith('{"imported"'):
        wanted.remove("training_run_hash")  # somebody else trained it
        wanted = [name for name in wanted if name not in ("receptive_field", "architecture")]
    missing = [name for name in wanted if facts[name] in (None, "", "unknown", {})]
    detail = f"{model.name}, x{model.scale}, {facts['architecture']}, {facts['licence']}"
    return Verdict("metadata", not missing, f"nothing about: {', '.join(missing)}" if missing else detail)


def _tiles(path: Path, device: Device) -> Verdict:
    """Tiles of an awkward size give what the whole picture gives."""
    picture = _texture(131, 157)
    models = [load_model(path, device=device, precision=_exact(path, device), tile=side) for side in (1000, 17)]
    if models[0].metadata.receptive_field is None:
        translates = "translate" in models[0].metadata.commands
        known = "none: the model looks at the whole picture"
        return Verdict("tiles", True, known if translates else "not compared: the model does not say how far it looks")
    whole, tiled = (_run(model, picture) for model in models)
    levels = 255 * float(np.abs(whole - tiled).max())
    return Verdict("tiles", levels <= TILED_LEVELS, f"differ by {levels:.2g} of 255 levels (allowed {TILED_LEVELS})")


def _shapes(model: Model, path: Path) -> Verdict:
    """Every shape, in floats, through the session that serves."""
    exact = load_model(path, device="cpu", precision=_exact(path, "cpu")).session
    assert model.session is not None
    assert exact is not None
    rules, worst = model.metadata, ("every shape", np.inf)
    for height, width in _SHAPES:
        sides = [-(-max(side, rules.minimum) // rules.multiple_of) * rules.multiple_of for side in (height, width)]
        batch = np.ascontiguousarray(_texture(*sides).transpose(2, 0, 1)[None])
        noise = draw_noise(0, 0, rules.latent)
        reached = _psnr(model.session.run(batch, noise), exact.run(batch, noise), 1.0)
        if not reached >= worst[1]:
            worst = f"{sides[1]}x{sides[0]}", reached
    needed = LEAST_DB.get(model.session.precision, AGREEMENT_DB)
    needed = min(needed, AGREEMENT_DB) if rules.parity.get("precision") == "int8" else needed
    detail = f"{worst[1]:.1f} dB from fp32 at worst, at {worst[0]} (needed {needed:.0f})"
    return Verdict("shapes", bool(worst[1] >= needed), detail)


def _service(model: Model, path: Path) -> Verdict:
    """What runs by default agrees with 32-bit arithmetic."""
    picture = np.rint(255 * _texture(120, 160)).astype(np.uint8)
    exact = _run(load_model(path, device="cpu", precision=_exact(path, "cpu")), picture)
    decibels = _psnr(_run(model, picture), exact, 255.0)
    detail = f"{model.device_line}: {decibels:.1f} dB from fp32 (needed {AGREEMENT_DB:.0f})"
    return Verdict("service", bool(decibels >= AGREEMENT_DB), detail)


def _pictures(model: Model, path: Path) -> Verdict:
    """A model that makes pictures of noise makes here those that it makes on a CPU."""
    text = None if model.metadata.text is None else "a picture"
    label = 0 if model.metadata.classes else None
    exact = load_model(path, device="cpu")
    first, second = (one.generate(text, label=label)[0] for one in (model, exact))
    decibels = _psnr(first, second, 255.0)
    passed = decibels >= AGREEMENT_DB and int(np.ptp(first)) > 0
    return Verdict("pictures", bool(passed), f"{decibels:.1f} dB from those of the CPU (needed {AGREEMENT_DB:.0f})")


def _exact(path: Path, device: Device) -> Any:  # noqa: ANN401  (a literal that mypy does not follow through)
    """The most exact precision that a device has for the file: fp32, but for files that store fp16 what these need."""
    from srgan.errors import UsageError

    try:
        load_model(path, device=device, precision="fp32")
    except UsageError:
        return "auto"
    return "fp32"


def _texture(height: int, width: int) -> NDArray[np.float32]:
    """A picture with waves of every length and some noise, ``(height, width, 3)`` in [0, 1]."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(rows * columns / (width * period) + period) for period in (0.7, 1.9, 5.3)]
    noise = np.random.default_rng(0).random((height, width, 3), np.float32)
    return np.clip(0.5 + 0.3 * np.stack(waves, axis=2) + 0.2 * (noise - 0.5), 0, 1).astype(np.float32)


def _run(model: Model, picture: NDArray[Any]) -> NDArray[Any]:
    """Upscale or translate, whichever the model is for."""
    return model.upscale(picture) if "upscale" in model.metadata.commands else model.translate(picture)


def _psnr(first: NDArray[Any], second: NDArray[Any], peak: float) -> float:
    error = float(np.square(first.astype(np.float64) - second).mean())
    return float(10 * np.log10(peak**2 / error)) if error else float("inf")
