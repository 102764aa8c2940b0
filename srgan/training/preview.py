"""What the network of a run will be shown, before anything is trained."""

import numpy as np
import torch
from numpy.typing import NDArray

from srgan.data import Batches, CropSampler, load_pairs, step_generator
from srgan.data.degradations import make_degradation
from srgan.errors import UsageError
from srgan.training.parts import find_pairs, make_generator
from srgan.training.run import Run
from srgan.training.super_resolution_run import SuperResolutionRun

__all__ = ["preview_crops"]


def preview_crops(run: Run, count: int) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Crops as the first step of a run would get them, of some of its pictures.

    Args:
        run: the checked run.
        count: pictures that are read, and crops that are cut of them.

    Returns:
        Pairs ``(small, full)``, ``(h, w, 3)`` and ``(h * scale, w * scale, 3)``.

    Raises:
        UsageError: the pictures cannot be used, or the task cuts no crops.
    """
    if not isinstance(run, SuperResolutionRun):
        raise UsageError(f"crops are cut in the task super_resolution; {run.name} is of the task {run.task}")
    scale = make_generator(run.generator).scale
    paths = find_pairs(run.data.high, run.data.low, scale=scale, key="data")
    some = step_generator(run.seed, 0, stream=3).permutation(len(paths))[:count]
    degradation = None if run.data.degradation is None else make_degradation(run.data.degradation)
    store = load_pairs(
        [paths[index] for index in sorted(some)],
        scale,
        smallest=run.data.patch,
        high_only=degradation is not None,
    )
    batches = Batches(
        store,
        CropSampler(store, patch=run.data.patch, texture=run.data.texture, seed=run.seed),
        size=count,
        patch=run.data.patch,
        augment=run.data.augment,
        seed=run.seed,
        device=torch.device("cpu"),
        degradation=degradation,
    )
    return list(zip(*batches.arrays(0), strict=True))
