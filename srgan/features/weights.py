"""Weights of the frozen feature networks: from a local file, or from torchvision; never random."""

import contextlib
import os
import sys
from pathlib import Path
from urllib.error import URLError

import torch
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from srgan.errors import UsageError
from srgan.files import sha256_file

__all__ = ["NETWORKS", "feature_weights"]

NETWORKS = {
    "alexnet": torchvision.models.AlexNet_Weights.IMAGENET1K_V1,
    "vgg19": torchvision.models.VGG19_Weights.IMAGENET1K_V1,
}
"""Name -> the weights that torchvision offers for it (ImageNet classification)."""


def feature_weights(network: str, path: Path | None = None, *, sha256: str | None = None) -> dict[str, Tensor]:
    """The convolutions' weights of a feature network, float32, with torchvision's keys ``features.N.weight``.

    Taken from `path`; else from the file that the environment variable ``SRGAN_VGG19_WEIGHTS`` (or
    ``SRGAN_ALEXNET_WEIGHTS``) names; else from torchvision, which fetches its file once and keeps it.

    Args:
        network: a key of `NETWORKS`.
        path: a ``.safetensors`` or ``.pth`` file in torchvision's layout.
        sha256: what the checksum of the local file must be.

    Raises:
        UsageError: no weights are to be had, or the file is not what it should be; the message says what to do.
    """
    variable = f"SRGAN_{network.upper()}_WEIGHTS"
    if path is None and os.environ.get(variable):
        path = Path(os.environ[variable])
    if path is not None:
        weights = _local(path, sha256)
    else:
        try:
            # It says on stdout that it fetches a file; stdout is for results.
            with contextlib.redirect_stdout(sys.stderr):
                weights = dict(NETWORKS[network].get_state_dict(progress=False, check_hash=True))
        except (URLError, OSError, RuntimeError) as error:
            raise UsageError(
                f"the weights of {network} are not here and cannot be fetched ({error}); put torchvision's file "
                f"{NETWORKS[network].url.rsplit('/', 1)[-1]} somewhere and set {variable} to it"
            ) from None
    kept = {name: tensor.float() for name, tensor in weights.items() if name.startswith("features.")}
    if not kept:
        raise UsageError(f"{path}: no entry is called features.N.weight, as torchvision's {network} has them")
    return kept


def _local(path: Path, sha256: str | None) -> dict[str, Tensor]:
    try:
        found = sha256_file(path)
        if sha256 is not None and found != sha256.lower():
            raise UsageError(f"{path} is not the file it should be: its sha256 is {found}, not {sha256}")
        if path.suffix == ".safetensors":
            return load_file(path)
        # weights_only: a pickle that wants to do more than hold tensors is refused.
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise UsageError(f"the weight file {path} is not there") from None
    except (OSError, SafetensorError, RuntimeError, ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as weights: {error}") from None
    except Exception as error:  # pickles fail in many ways
        raise UsageError(f"{path} is not a plain weight file: {error}") from None
