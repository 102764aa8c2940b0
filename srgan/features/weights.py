"""Weights of the frozen feature networks: from a local file, or from torchvision; never random."""

import os
import sys
from pathlib import Path
from urllib.error import URLError

import torch
import torchvision
from torch import Tensor

from srgan.errors import UsageError
from srgan.features.weight_files import read_weights
from srgan.files import sha256_file

__all__ = ["NETWORKS", "feature_weights"]

NETWORKS = {
    "alexnet": torchvision.models.AlexNet_Weights.IMAGENET1K_V1,
    "vgg16": torchvision.models.VGG16_Weights.IMAGENET1K_V1,
    "vgg19": torchvision.models.VGG19_Weights.IMAGENET1K_V1,
}
"""Name -> the weights that torchvision offers for it (ImageNet classification)."""


def feature_weights(network: str, path: Path | None = None, *, sha256: str | None = None) -> dict[str, Tensor]:
    """The convolutions' weights of a feature network, float32, with torchvision's keys ``features.N.weight``.

    Taken from `path`; else from the file that the environment variable ``SRGAN_VGG19_WEIGHTS`` (or
    that of another network) names; else from torchvision, which fetches its file once and keeps it.

    Args:
        network: a key of `NETWORKS`.
        path: a weight file in torchvision's layout, read by `read_weights`.
        sha256: what the checksum of the local file must be.

    Raises:
        UsageError: no weights are to be had, or the file is not what it should be; the message says what to do.
    """
    variable = f"SRGAN_{network.upper()}_WEIGHTS"
    if path is None and os.environ.get(variable):
        path = Path(os.environ[variable])
    if path is None:
        path = _fetched(network, variable)
    elif sha256 is not None:
        _verify(path, sha256)
    weights = read_weights(path)
    kept = {name: tensor for name, tensor in weights.items() if name.startswith("features.")}
    if not kept:
        raise UsageError(f"{path}: no entry is called features.N.weight, as torchvision's {network} has them")
    return kept


def _fetched(network: str, variable: str) -> Path:
    """Torchvision's file, where torch keeps such files; fetched if it is not there."""
    url = NETWORKS[network].url
    path = Path(torch.hub.get_dir(), "checkpoints", url.rsplit("/", 1)[-1])
    if not path.exists():
        sys.stderr.write(f"srgan: fetching {url}\n")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The name ends with the start of the checksum; the file gets it when the checksum is right.
            torch.hub.download_url_to_file(url, str(path), path.stem.rpartition("-")[2], progress=False)
        except (URLError, OSError, RuntimeError) as error:
            raise UsageError(
                f"the weights of {network} are not here and cannot be fetched ({error}); put torchvision's file "
                f"{path.name} somewhere and set {variable} to it"
            ) from None
    return path


def _verify(path: Path, sha256: str) -> None:
    try:
        found = sha256_file(path)
    except FileNotFoundError:
        raise UsageError(f"the weight file {path} is not there") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read as weights: {error}") from None
    if found != sha256.lower():
        raise UsageError(f"{path} is not the file it should be: its sha256 is {found}, not {sha256}")
