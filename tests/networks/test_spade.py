"""SPADE: what the label map does."""

import pytest
import torch
from torch.nn import functional as F

from srgan.networks.spade import NearestColour, Spade, SpadeNorm

PALETTE = ["#000000", "#ff0000", "#00ff00", "#0080FF"]


@pytest.mark.parametrize("latent", [0, 3])
def test_without_modulation_it_is_instance_normalisation(latent: int) -> None:
    torch.manual_seed(0)
    norm = SpadeNorm(6, labels=3, hidden=8, latent=latent)
    maps, labels = torch.randn(2, 6, 8, 8), torch.rand(2, 3, 8, 8)
    vector = torch.randn(2, latent) if latent else None
    assert not torch.allclose(norm(maps, labels, vector), F.instance_norm(maps), atol=1e-2)
    torch.nn.init.zeros_(norm.affine.weight)  # type: ignore[arg-type]
    torch.testing.assert_close(norm(maps, labels, vector), F.instance_norm(maps), atol=1e-5, rtol=1e-5)
    # Constant gamma = 1 and beta = -3.
    bias = torch.cat([torch.full((6,), 1.0), torch.full((6,), -3.0)])
    norm.affine.load_state_dict({"weight": norm.affine.state_dict()["weight"], "bias": bias})
    torch.testing.assert_close(norm(maps, labels, vector), 2 * F.instance_norm(maps) - 3, atol=1e-5, rtol=1e-5)


def test_pixels_get_the_label_of_the_nearest_colour() -> None:
    torch.manual_seed(0)
    label = NearestColour(PALETTE)
    wanted = torch.randint(4, (2, 5, 7))
    assert label.colours[3].tolist() == pytest.approx([0.0, 128 / 255, 1.0])
    pictures = label.colours[wanted].permute(0, 3, 1, 2)
    # Half of the way from #000000 to #0080ff is 0.56; JPEG files are off by much less.
    off = pictures + 0.3 * F.normalize(torch.randn_like(pictures), dim=1)
    for given in (pictures, off, off.bfloat16()):
        result = label(given)
        assert torch.equal(result, F.one_hot(wanted, 4).permute(0, 3, 1, 2).float())


def test_of_two_colours_as_near_the_first_is_taken() -> None:
    label = NearestColour(["#ffffff", "#000000"])
    assert label(torch.full((1, 3, 1, 1), 0.5)).flatten().tolist() == [1.0, 0.0]


def test_the_same_labels_give_the_same_picture() -> None:
    torch.manual_seed(0)
    generator = Spade(width=4, ups=1, hidden=8, palette=PALETTE).eval()
    assert generator.labels is not None
    picture = generator.labels.colours[torch.randint(4, (1, 8, 8))].permute(0, 3, 1, 2)
    noisy = picture + 0.05 * torch.randn_like(picture)
    with torch.inference_mode():
        assert torch.equal(generator(picture), generator(noisy))
        assert not torch.equal(generator(picture), generator(picture.flip(3)))


def test_uniform_labels_are_not_washed_out() -> None:
    """Park et al. 2019, 3.1: normalised, a uniform map is zero, whatever its label is; a modulated one is not."""
    torch.manual_seed(0)
    generator = Spade(width=8, ups=1, hidden=16, palette=PALETTE).eval()
    assert generator.labels is not None
    pictures = generator.labels.colours[:, :, None, None].expand(-1, -1, 16, 16)
    with torch.inference_mode():
        made = generator(pictures)[..., 6:-6, 6:-6].mean((2, 3))
    assert torch.pdist(made).min() > 1e-3


@pytest.mark.parametrize("palette", [["#ff0000"], ["#ff0000", "#00ff00", "#FF0000"]])
def test_palettes_that_tell_nothing_apart(palette: list[str]) -> None:
    with pytest.raises(ValueError, match="palette: at least two colours"):
        Spade(palette=palette)
