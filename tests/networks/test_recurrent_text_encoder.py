"""Texts to vectors: what counts in a text and what does not."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.config import check_part
from srgan.networks import TEXT_ENCODERS, RecurrentTextEncoder

every_encoder = pytest.mark.parametrize("kind", TEXT_ENCODERS)


def small(kind: str = "recurrent", *, seed: int = 0, **options: Any) -> RecurrentTextEncoder:  # noqa: ANN401
    torch.manual_seed(seed)
    table = {"kind": kind, "width": 16, "embedding": 12, "hidden": 8, **options}
    return TEXT_ENCODERS[kind](**check_part(TEXT_ENCODERS, table, source="run.toml", key="text"))


def texts(*lengths: int, places: int = 20) -> Tensor:
    """Random signs, and padding behind."""
    tokens = torch.randint(1, 257, (len(lengths), places), generator=torch.Generator().manual_seed(0))
    return tokens * (torch.arange(places) < torch.tensor(lengths)[:, None])


@every_encoder
@pytest.mark.parametrize("layers", [0, 2])
def test_shapes_and_gradients(kind: str, layers: int) -> None:
    encoder, tokens = small(kind, layers=layers), texts(20, 7, 1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        sentence, states = encoder(tokens)
    assert sentence.shape == (3, 12)
    assert states.shape == (3, 20, 12)
    assert sentence.dtype == states.dtype == torch.float32
    assert torch.allclose(sentence.norm(dim=1), torch.ones(3))
    torch.autograd.backward((sentence * torch.randn(3, 12)).sum())
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@every_encoder
def test_padding_changes_nothing(kind: str) -> None:
    encoder = small(kind).eval()
    tokens = texts(20, 7, 1)
    sentence, states = encoder(tokens)
    longer = encoder(F.pad(tokens, (0, 13)))
    assert torch.allclose(longer[0], sentence, atol=1e-6)
    assert torch.allclose(longer[1][:, :20], states, atol=1e-6)
    for index, length in enumerate((20, 7, 1)):
        assert not states[index, length:].any()
        alone = encoder(tokens[index : index + 1, :length])
        assert torch.allclose(alone[0][0], sentence[index], atol=1e-6)
        assert torch.allclose(alone[1][0], states[index, :length], atol=1e-6)


@every_encoder
def test_the_order_of_the_signs_counts(kind: str) -> None:
    """Far signs reach every state, in both directions."""
    encoder, tokens = small(kind).eval(), texts(16)
    sentence, states = encoder(tokens)
    for place in (0, 15):
        changed = tokens.clone()
        changed[0, place] = changed[0, place] % 256 + 1
        other, moved = encoder(changed)
        assert not torch.allclose(other, sentence, atol=1e-5)
        assert ((moved - states)[0, :16].abs().amax(1) > 0).all()
    assert not torch.allclose(encoder(tokens[:, :16].flip(1))[0], sentence, atol=1e-4)


@every_encoder
def test_no_text_is_a_text(kind: str) -> None:
    sentence, states = small(kind)(torch.zeros(2, 5, dtype=torch.int64))
    assert torch.allclose(sentence.norm(dim=1), torch.ones(2))
    assert states.isfinite().all()


@every_encoder
def test_evaluation_is_deterministic(kind: str) -> None:
    encoder, tokens = small(kind, dropout=0.5), texts(20, 7)
    assert not torch.equal(encoder(tokens)[0], encoder(tokens)[0])
    encoder.eval()
    assert torch.equal(encoder(tokens)[0], encoder(tokens)[0])
    assert torch.equal(small(kind).eval()(tokens)[0], encoder(tokens)[0])


def test_learns_what_is_said_at_the_end() -> None:
    encoder = small(layers=1, hidden=16)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=1e-2)
    random = torch.Generator().manual_seed(0)
    for _ in range(60):
        tokens = torch.randint(1, 5, (32, 12), generator=random)
        wanted = F.one_hot(tokens[:, -1], 12).float()
        loss = -(encoder(tokens)[0] * wanted).sum(1).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    tokens = torch.randint(1, 5, (256, 12), generator=random)
    assert (encoder.eval()(tokens)[0].argmax(1) == tokens[:, -1]).float().mean() > 0.9
