"""Pictures to the vectors of sentences: any size, alone in evaluation."""

from typing import Any

import pytest
import torch

from srgan.config import check_part
from srgan.networks import PICTURE_ENCODERS, PictureEncoder

every_encoder = pytest.mark.parametrize("kind", PICTURE_ENCODERS)
every_norm = pytest.mark.parametrize("norm", ["batch", "none"])


def small(kind: str = "conv", **options: Any) -> PictureEncoder:  # noqa: ANN401
    torch.manual_seed(0)
    table = {"kind": kind, "embedding": 12, "width": 8, "stages": 3, **options}
    return PICTURE_ENCODERS[kind](**check_part(PICTURE_ENCODERS, table, source="run.toml", key="pictures"))


@every_encoder
@every_norm
@pytest.mark.parametrize("size", [(3, 5), (32, 32), (17, 40)])
def test_shapes_and_gradients(kind: str, norm: str, size: tuple[int, int]) -> None:
    encoder = small(kind, norm=norm).to(memory_format=torch.channels_last)
    pictures = torch.rand(4, 3, *size, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        code = encoder(pictures)
    assert code.shape == (4, 12)
    assert code.dtype == torch.float32
    assert torch.allclose(code.norm(dim=1), torch.ones(4))
    torch.autograd.backward((code * torch.randn(4, 12)).sum())
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert pictures.grad is not None
    assert (pictures.grad != 0).float().mean() > 0.9


@every_encoder
@every_norm
def test_evaluation_is_deterministic_and_alone(kind: str, norm: str) -> None:
    encoder, pictures = small(kind, norm=norm), torch.rand(4, 3, 32, 32)
    encoder(pictures)
    encoder.eval()
    together = encoder(pictures)
    assert torch.equal(together, encoder(pictures))
    assert torch.allclose(together, torch.cat([encoder(picture[None]) for picture in pictures]), atol=1e-6)


def test_tells_colours_and_shapes_apart() -> None:
    """Four kinds of pictures, to be put where four vectors are."""
    encoder = small(embedding=4)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=3e-3)
    random = torch.Generator().manual_seed(0)
    colours = torch.tensor([[1.0, 0.2, 0.2], [0.2, 0.2, 1.0]])
    stripes = (torch.arange(16) // 2 % 2).float().expand(16, 16)

    def batch(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.randint(0, 4, (count,), generator=random)
        shapes = torch.stack([stripes, stripes.T])[labels // 2][:, None]
        noise = 0.1 * torch.rand(count, 3, 16, 16, generator=random)
        return (0.9 * shapes * colours[labels % 2][:, :, None, None] + noise), labels

    for _ in range(40):
        pictures, labels = batch(16)
        loss = -encoder(pictures)[torch.arange(16), labels].mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    pictures, labels = batch(64)
    assert (encoder.eval()(pictures).argmax(1) == labels).float().mean() > 0.95
