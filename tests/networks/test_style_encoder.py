"""The encoder of styles: any size, both answers, colours seen."""

import pytest
import torch

from srgan.networks import STYLE_ENCODERS, StyleEncoder

every_encoder = pytest.mark.parametrize("kind", STYLE_ENCODERS)


def small(kind: str = "resnet") -> StyleEncoder:
    torch.manual_seed(0)
    return STYLE_ENCODERS[kind](latent=5, width=8, blocks=2)


@every_encoder
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (17, 40)])
def test_any_size(kind: str, size: tuple[int, int]) -> None:
    encoder, pictures = small(kind), torch.rand(3, 3, *size)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        mean, log_variance = encoder(pictures)
    assert mean.shape == log_variance.shape == (3, 5)
    assert mean.dtype == log_variance.dtype == torch.float32


@every_encoder
def test_gradients_and_first_answers(kind: str) -> None:
    encoder = small(kind)
    pictures = torch.rand(4, 3, 32, 32, requires_grad=True)
    mean, log_variance = encoder(pictures)
    # Near N(0, 1), which costs nothing.
    assert mean.abs().max() < 1.0
    assert log_variance.abs().max() < 1.0
    (mean.square() + (log_variance - 0.5).square()).sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert pictures.grad is not None
    assert (pictures.grad != 0).float().mean() > 0.9


def test_the_mean_colour_is_seen() -> None:
    """What an instance normalisation would take out."""
    encoder = small()
    colours = torch.eye(3)[:, :, None, None].expand(-1, -1, 32, 32)
    with torch.inference_mode():
        assert torch.pdist(encoder(colours)[0]).min() > 1e-2
