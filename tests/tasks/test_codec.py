"""The codec with networks whose inverse is known."""

import pytest
import torch
from torch import Tensor

from srgan.networks import LatentGenerator
from srgan.tasks import Codec

LATENT = 6


class Columns(LatentGenerator):
    """Writes the vector, and the class, into the left and the right half of a picture; the inverse is reading it."""

    size = 8
    latent = LATENT

    def __init__(self, prior: str = "normal", classes: int = 0) -> None:
        super().__init__()
        self.prior, self.classes = prior, classes  # type: ignore[assignment]
        self.largest = 0

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        self.largest = max(self.largest, len(latent))
        picture = torch.zeros(len(latent), 3, 8, 8)
        picture[:, 0, 0, :LATENT] = torch.sigmoid(latent)
        if condition is not None:
            picture[:, 1, 0, : self.classes] = condition
        return picture


def read(pictures: Tensor) -> Tensor:
    return torch.logit(pictures[:, 0, 0, :LATENT])


def vectors(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, LATENT, generator=torch.Generator().manual_seed(seed))


def test_reconstructs_what_it_encodes_in_batches() -> None:
    generator = Columns()
    codec, latent = Codec(generator, read, batch=4), vectors(10)
    pictures = generator(latent)
    generator.largest = 0
    assert torch.allclose(codec.encode(pictures), latent, atol=1e-5)
    assert torch.allclose(codec.reconstruct(pictures), pictures, atol=1e-6)
    assert generator.largest == 4


@pytest.mark.parametrize(("prior", "deviation"), [("normal", 1.0), ("uniform", 3.0**-0.5)])
def test_standardised_codes_have_the_moments_of_the_prior(prior: str, deviation: float) -> None:
    """A code is known up to its mean and scale: whatever these are, the reconstruction is the same."""
    generator = Columns(prior)
    pictures = generator(vectors(5))
    codec = Codec(generator, read, standardise=True)
    other = Codec(generator, lambda picture: 3.0 * read(picture) - 2.0, standardise=True)
    codes = codec.encode(pictures)
    assert torch.allclose(codes.mean(1), torch.zeros(5), atol=1e-6)
    assert torch.allclose(codes.std(1, correction=0), torch.full((5,), deviation), atol=1e-5)
    assert torch.allclose(codec.reconstruct(pictures), other.reconstruct(pictures), atol=1e-5)


def test_walks_along_the_arc_of_a_normal_prior() -> None:
    generator = Columns()
    ends = torch.eye(LATENT)[:2] * torch.tensor([[2.0], [2.0]])
    first, second = generator(ends[:1]), generator(ends[1:])
    walk = Codec(generator, read).interpolate(first, second, 5)
    assert walk.shape == (1, 5, 3, 8, 8)
    assert torch.allclose(walk[:, 0], first, atol=1e-6)
    assert torch.allclose(walk[:, -1], second, atol=1e-6)
    codes = read(walk[0])
    assert torch.allclose(codes.norm(dim=1), torch.full((5,), 2.0), atol=1e-5)
    assert torch.allclose(codes[2], torch.tensor([2.0**0.5] * 2 + [0.0] * 4), atol=1e-5)


def test_walks_straight_with_a_uniform_prior_and_where_there_is_no_arc() -> None:
    start, end = vectors(3, 1), vectors(3, 2)
    uniform = Columns("uniform")
    walk = Codec(uniform, read).interpolate(uniform(start), uniform(end), 3)
    assert torch.allclose(read(walk[:, 1]), (start + end) / 2, atol=1e-5)
    generator = Columns()
    for factor in (1.0, 3.0, -0.5):
        walk = Codec(generator, read).interpolate(generator(start), generator(factor * start), 3)
        assert torch.allclose(read(walk[:, 1]), (1.0 + factor) / 2 * start, atol=2e-3)


def test_classes_reach_the_generator() -> None:
    generator, labels = Columns(classes=2), torch.eye(2)
    codec, pictures = Codec(generator, read, batch=4), generator(vectors(2), torch.eye(2))
    assert torch.equal(codec.reconstruct(pictures, labels)[:, 1, 0, :2], labels)
    walk = codec.interpolate(pictures, pictures.flip(0), 3, labels)
    assert torch.equal(walk[:, :, 1, 0, :2], labels[:, None].expand(2, 3, 2))


def test_retrieves_by_direction() -> None:
    generator, latent = Columns(), vectors(7)
    gallery, order = generator(latent), torch.tensor([4, 0, 6])
    found = Codec(generator, read, batch=3).retrieve(generator(2.0 * latent[order]), gallery, 7)
    assert found.shape == (3, 7)
    assert torch.equal(found[:, 0], order)
    cosine = torch.cosine_similarity(latent[order][:, None], latent, dim=2)
    assert (cosine.gather(1, found).diff(dim=1) <= 1e-5).all()


def test_no_gradients_flow() -> None:
    generator = Columns()
    pictures = generator(vectors(2)).requires_grad_()
    codec = Codec(generator, read)
    assert not codec.reconstruct(pictures).requires_grad
    assert not codec.interpolate(pictures, pictures, 2).requires_grad


def test_what_cannot_be_asked() -> None:
    generator = Columns()
    codec, pictures = Codec(generator, read), generator(vectors(3))
    with pytest.raises(ValueError, match="steps = 1"):
        codec.interpolate(pictures, pictures, 1)
    with pytest.raises(ValueError, match="no pairs"):
        codec.interpolate(pictures, pictures[:2], 3)
    for count in (0, 4):
        with pytest.raises(ValueError, match=f"count = {count} of a gallery of 3"):
            codec.retrieve(pictures, pictures, count)


@pytest.mark.parametrize("standardise", [True, False])
def test_truncated_codes_are_nearer_to_the_middle(standardise: bool) -> None:
    pictures = Columns()(vectors(5))
    whole, near = (Codec(Columns(), read, standardise=standardise, truncation=factor) for factor in (1.0, 0.8))
    assert torch.allclose(near.encode(pictures), 0.8 * whole.encode(pictures))
