"""Reading pickled weights in a child process: tensors only, within limits, handed over as safetensors."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from srgan.errors import UsageError

__all__ = ["SUFFIXES", "main", "unpickle", "unwrap"]

SUFFIXES = (".pth", ".pt", ".ckpt")
"""Names of files that are pickles."""

_CONTAINERS = ("params_ema", "params", "state_dict", "params-ema", "model_state_dict", "model", "net")
_REFUSED = 3
_SECONDS = 120.0
_BYTES_PER_SECOND = 20e6
_SPARE_BYTES = 1 << 30
_ADVICE = (
    "Take a .safetensors file, or save only the weights where the file was made: "
    "torch.save(network.state_dict(), 'weights.pth')"
)
# The child finds this package where the parent found it, installed or not; -I: and nothing from the environment.
_PROGRAM = "import sys; sys.path[:] = sys.argv[4:]; from srgan.features.unpickling import main; main()"


def unpickle(path: Path, *, load: Callable[[Path], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Read a pickled weight file with a restricted unpickler in a child process.

    The child may use memory for four times the file and 1 GiB besides, and two minutes and a second for each 20 MB. It
    writes the tensors as safetensors into a temporary folder, which is gone afterwards.

    Args:
        path: an existing file.
        load: reads the child's safetensors file.

    Raises:
        UsageError: not a pickle of tensors, damaged, or too much for the limits.
    """
    size = path.stat().st_size
    seconds = _SECONDS + size / _BYTES_PER_SECOND
    with tempfile.TemporaryDirectory(prefix="srgan-") as folder:
        output = Path(folder, "weights.safetensors")
        arguments = [str(path.absolute()), str(output), json.dumps([4 * size + _SPARE_BYTES, seconds])]
        found = [entry or str(Path.cwd()) for entry in sys.path]
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-W", "ignore", "-c", _PROGRAM, *arguments, *found],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"{path} was not read in {seconds:.0f} s and given up. {_ADVICE}") from None
        if done.returncode == _REFUSED:
            raise UsageError(f"{path}: {done.stdout.decode(errors='replace')}. {_ADVICE}")
        if done.returncode != 0:
            raise UsageError(f"{path}: the process that read it died (status {done.returncode}). {_ADVICE}")
        return load(output)


def unwrap(content: object) -> dict[str, Tensor]:
    """The tensors among what a pickle holds: of its first known container, else of the top level.

    Raises:
        UsageError: there are none; the message names what there is instead.
    """
    if not isinstance(content, dict):
        raise UsageError(f"it holds a {type(content).__name__}, not tensors by name")
    inner = next((content[key] for key in _CONTAINERS if isinstance(content.get(key), dict)), content)
    tensors = {name: tensor for name, tensor in inner.items() if isinstance(name, str) and isinstance(tensor, Tensor)}
    if not tensors:
        names = ", ".join(repr(name)[:40] for name in list(inner)[:8])
        raise UsageError(f"it holds no tensors by name, but {names or 'nothing'}")
    unusual = [name for name, tensor in tensors.items() if tensor.layout != torch.strided or tensor.is_quantized]
    if unusual:
        raise UsageError(f"{unusual[0]!r} is sparse or quantised, which is not supported")
    return tensors


def main() -> None:
    """The child: arguments are the pickle, the output, the limits; ends with 3 and a reason on stdout if refused."""
    source, output, limits = sys.argv[1:4]
    _confine(*json.loads(limits))
    try:
        tensors = unwrap(torch.load(source, map_location="cpu", weights_only=True))
        whole = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    except Exception as error:  # pickles fail in many ways
        _refuse(_reason(error))
    try:
        save_file(whole, output)
    except (OSError, SafetensorError) as error:
        _refuse(f"its tensors cannot be written to {output} ({error}); TMPDIR names another folder for this")


def _refuse(reason: str) -> NoReturn:
    sys.stdout.write(reason)
    sys.exit(_REFUSED)


def _reason(error: Exception) -> str:
    text = str(error)
    wanted = re.search(r"GLOBAL ([\w.]+)", text)
    if wanted:
        return f"it asks to run or build {wanted[1]}, which is refused: a weight file has only tensors in it"
    if "TorchScript" in text:
        return "it is a TorchScript program, not weights"
    if isinstance(error, MemoryError) or "alloc" in text:
        return "it takes more memory than a weight file of its size may"
    if isinstance(error, UsageError):
        return text
    return f"it is damaged, incomplete or not from torch.save ({type(error).__name__})"


def _confine(memory_bytes: int, seconds: float) -> None:
    """Cap what this process may use; what torch itself has mapped by now comes on top."""
    if sys.platform == "win32":
        return
    import resource

    def cap(kind: int, value: float) -> None:
        _, hard = resource.getrlimit(kind)
        value = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(kind, (value, hard))

    cap(resource.RLIMIT_CORE, 0)
    cap(resource.RLIMIT_CPU, seconds)
    cap(resource.RLIMIT_FSIZE, memory_bytes)
    if sys.platform == "linux":  # elsewhere the address space is not counted, or not limited
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        cap(resource.RLIMIT_AS, mapped + memory_bytes)
