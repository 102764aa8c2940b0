"""What the cores can do at most: a small loop on registers alone, compiled on the spot."""

import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Peak", "PeakLoop"]

_SOURCE = Path(__file__).with_name("peak.c")


@dataclass(frozen=True)
class Peak:
    """GFLOP/s of all threads together.

    Attributes:
        wall: by the clock.
        busy: by the processor time that the threads got; on a quiet machine the same.
    """

    wall: float
    busy: float


class PeakLoop:
    """The loop, compiled for this machine.

    Attributes:
        precision: ``"bf16"`` where the processor multiplies it natively, else ``"fp32"``.
        problem: why there is no loop; None when there is one.
    """

    def __init__(self, folder: Path) -> None:
        """Compile it into a folder, if there is a C compiler."""
        self.problem: str | None = None
        self.precision = "fp32"
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None or platform.machine() not in ("x86_64", "AMD64"):
            self.problem = "no C compiler" if compiler is None else f"no loop for {platform.machine()}"
            return
        self._program = folder / "peak"
        flags = [compiler, "-O3", "-march=native", "-funroll-loops", "-pthread"]
        if "define __AVX512BF16__" in _run([compiler, "-march=native", "-dM", "-E", "-x", "c", "/dev/null"]):
            flags.append("-DBF16")
            self.precision = "bf16"
        try:
            _run([*flags, str(_SOURCE), "-o", str(self._program)])
        except subprocess.CalledProcessError as error:
            self.problem = f"the loop does not compile: {error.stderr.strip()[-200:]}"

    def measure(self, threads: int) -> Peak:
        """Run it for a good second."""
        wall, busy = _run([str(self._program), str(threads)]).split()
        return Peak(float(wall), float(busy))


def _run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
