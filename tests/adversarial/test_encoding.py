"""O-GAN: the correlation leaves a code's mean and length alone, and the standardised code is what it sees."""

import torch
from torch import Tensor

from srgan.adversarial import correlation, standardised


def vectors(count: int) -> list[Tensor]:
    random = torch.Generator().manual_seed(5)
    return [torch.randn(6, 9, dtype=torch.float64, generator=random) for _ in range(count)]


def test_correlation_is_pearsons() -> None:
    latent, code = vectors(2)
    expected = torch.stack([torch.corrcoef(torch.stack(pair))[0, 1] for pair in zip(latent, code, strict=True)])
    assert torch.allclose(correlation(latent, code), expected, rtol=1e-12)
    cosine = torch.cosine_similarity(standardised(latent), standardised(code))
    assert torch.allclose(correlation(latent, code), cosine, rtol=1e-12)


def test_stretching_and_adding_change_nothing() -> None:
    latent, code = vectors(2)
    assert torch.allclose(correlation(latent, 0.3 * latent + 7), torch.ones(6, dtype=torch.float64), rtol=1e-12)
    assert torch.allclose(correlation(latent, -2 * latent + 1), -torch.ones(6, dtype=torch.float64), rtol=1e-12)
    assert torch.allclose(correlation(latent, 40 * code - 3), correlation(latent, code), rtol=1e-12)
    assert torch.allclose(standardised(40 * code - 3), standardised(code), rtol=1e-12)


def test_gradients_of_the_parts_of_a_code_are_orthogonal() -> None:
    latent, code = vectors(2)
    code.requires_grad_()
    (gradient,) = torch.autograd.grad(correlation(latent, code).sum(), code)
    assert gradient.norm(dim=1).min() > 0.01
    # Neither the mean, which is the score, nor the length takes part.
    assert gradient.sum(1).abs().max() < 1e-14
    assert (gradient * code).sum(1).abs().max() < 1e-14


def test_standardised_codes_have_mean_0_and_deviation_1() -> None:
    (code,) = vectors(1)
    z = standardised(3 * code + 2)
    assert z.mean(1).abs().max() < 1e-14
    assert torch.allclose(z.std(1, correction=0), torch.ones(6, dtype=torch.float64), rtol=1e-12)


def test_a_constant_code_is_harmless() -> None:
    latent, code = vectors(2)
    code[0] = 4.0
    code.requires_grad_()
    value = correlation(latent, code)
    assert value[0].item() == 0
    assert standardised(code)[0].tolist() == [0.0] * 9
    (gradient,) = torch.autograd.grad(value.sum() + standardised(code).sum(), code)
    assert gradient.isfinite().all()
