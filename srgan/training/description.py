"""What a model says about itself, and what a run says about where it was trained."""

import os
import platform
from typing import Any

import torch

from srgan import __version__
from srgan.training.run import Run

__all__ = ["describe_environment", "describe_model"]


def describe_model(run: Run, network: dict[str, Any]) -> dict[str, Any]:
    """What travels with the weights: JSON values; `network` is what the task says of its own."""
    return {
        "version": __version__,
        "task": run.task,
        "name": run.name,
        **network,
        "licence": run.licence,
        "data_licence": run.data.licence,
        "training_run": run.resolved(),
        "training_run_hash": run.fingerprint(),
        "torch": torch.__version__,
    }


def describe_environment(device: torch.device, processes: int) -> dict[str, Any]:
    """Versions and device, for the report of a run."""
    return {
        "srgan": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "processes": processes,
    }
