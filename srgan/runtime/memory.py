"""How much memory there is for a large picture.

Linux hands out more memory than it has and ends the process that uses it, so asking before is the only way to fail one
picture instead of a whole job.
"""

from pathlib import Path

__all__ = ["free_memory"]

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def free_memory(meminfo: Path = _MEMINFO, group: Path = _GROUP) -> int | None:
    """Bytes that this process can still use without swapping; None where the system does not tell.

    Args:
        meminfo: the kernel's account of the machine.
        group: folder of the control group (version 2) that may limit a container to less.
    """
    found = []
    machine = _numbers(meminfo).get("MemAvailable:")
    if machine is not None:
        found.append(1024 * machine)
    try:
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        # Pages of files that were read are given back when memory is short.
        found.append(limit - used + _numbers(group / "memory.stat").get("inactive_file", 0))
    except (OSError, ValueError):
        pass  # no limit ("max"), or no such group
    return max(0, min(found)) if found else None


def _numbers(path: Path) -> dict[str, int]:
    """The lines ``name number ...`` of a file; empty when it cannot be read."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}
