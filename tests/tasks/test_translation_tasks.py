"""What translations minimise, on networks whose answers are known."""

from collections.abc import Iterator
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from srgan.data import TranslationBatch
from srgan.losses import l1
from srgan.networks import FeatureGenerator, Generator, PatchProjection, StyleEncoder
from srgan.tasks import ContrastiveTranslation, CycleTranslation, PairedTranslation, TranslationModel, WeightedLoss

EXACT = torch.autocast("cpu", enabled=False)
ONE = [WeightedLoss("l1", l1, 10.0)]


class Shift(Generator):
    """Adds a number, and what its latent vector sums up to."""

    def __init__(self, by: float, latent: int = 0) -> None:
        super().__init__()
        self.by, self.latent = nn.Parameter(torch.tensor(by)), latent

    def forward(self, x: Tensor, latent: Tensor | None = None) -> Tensor:
        shifted = x + self.by
        return shifted if latent is None else shifted + latent.sum(1)[:, None, None, None]


class Constant(nn.Module):
    """An encoder that sees the same in every picture."""

    def __init__(self, mean: float, logarithm: float) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.tensor([mean, 0.0]))
        self.logarithm = logarithm

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        mean = self.mean.expand(len(pictures), 2)
        return mean + 0.0 * pictures.mean((1, 2, 3))[:, None], torch.full_like(mean, self.logarithm)


class Blur(FeatureGenerator):
    """One convolution that treats left and right alike."""

    map_channels = (3, 4)

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)
        with torch.no_grad():
            self.layer.weight.add_(self.layer.weight.flip(3).clone())

    def maps(self, x: Tensor, latent: Tensor | None) -> Iterator[Tensor]:
        yield 2 * x - 1
        yield self.layer(2 * x - 1)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.layer(x)
        return made[:, :3].sigmoid()


def batch(count: int = 4) -> TranslationBatch:
    random = torch.Generator().manual_seed(1)
    source, target = (torch.rand(count, 3, 8, 6, generator=random) for _ in range(2))
    return TranslationBatch(source, target)


def test_the_condition_is_the_source() -> None:
    model = TranslationModel(Shift(0.25))
    for condition in (True, False):
        task = PairedTranslation(model, model, ONE, condition=condition, autocast=EXACT)
        round_ = task.play(batch())
        assert (round_.condition is not None) == condition
        assert torch.allclose(round_.fake, batch().source + 0.25)
        assert task.generator_losses(round_, batch())["l1"].item() == pytest.approx(
            10 * float((batch().source + 0.25 - batch().target).abs().mean()), rel=1e-5
        )


@pytest.mark.parametrize(("mean", "logarithm", "divergence"), [(0.0, 0.0, 0.0), (2.0, 0.0, 2.0), (0.0, 1.0, 0.71828)])
def test_latent_vectors_of_the_encoder_stay_near_the_normal_ones(
    mean: float, logarithm: float, divergence: float
) -> None:
    """The divergence of N(m, s^2) from N(0, 1) is (m^2 + s^2 - ln s^2 - 1) / 2 for each of the two numbers."""
    encoder = cast("StyleEncoder", Constant(mean, logarithm))
    model = TranslationModel(Shift(0.0, latent=2), encoder=encoder)
    task = PairedTranslation(model, model, ONE, condition=False, kl=3.0, latent=2.0, autocast=EXACT)
    terms = task.generator_losses(task.play(batch()), batch())
    assert {*terms} == {*task.names} == {"l1", "kl", "latent"}
    assert terms["kl"].item() == pytest.approx(3.0 * divergence, abs=1e-4)


def test_only_the_generator_learns_from_vectors_found_again() -> None:
    encoder = cast("StyleEncoder", Constant(1.0, 0.0))
    model = TranslationModel(Shift(0.0, latent=2), encoder=encoder)
    task = PairedTranslation(model, model, ONE, condition=False, kl=0.0, latent=1.0, autocast=EXACT)
    round_ = task.play(batch())
    assert round_.latent is not None
    terms = task.generator_losses(round_, batch())
    drawn = round_.latent[2:]
    assert terms["latent"].item() == pytest.approx(
        (torch.tensor([1.0, 0.0]) - drawn.detach()).abs().mean().item(), rel=1e-5
    )
    terms["latent"].backward()  # type: ignore[no-untyped-call]
    learnt = cast("Constant", encoder).mean.grad
    assert learnt is not None  # from the first half, whose pictures are not looked at
    assert not learnt.any()
    assert model.generator.by.grad is not None


def test_what_comes_back_costs_nothing_and_identity_does() -> None:
    model = TranslationModel(Shift(0.25), inverse=Shift(-0.25))
    task = CycleTranslation(model, model, ONE, identity=0.5, autocast=EXACT)
    terms = task.generator_losses(task.play(batch()), batch())
    assert {*terms} == {*task.names} == {"cycle_l1", "identity_l1"}
    assert terms["cycle_l1"].item() == pytest.approx(0.0, abs=1e-5)
    assert terms["identity_l1"].item() == pytest.approx(0.5 * 10 * 0.25, rel=1e-5)
    assert CycleTranslation(model, model, ONE, identity=0.0, autocast=EXACT).names == ["cycle_l1"]


def test_the_mirrored_half_is_compared_with_its_own_places() -> None:
    """A network that treats left and right alike says the same of a mirrored picture, once that is mirrored back."""
    torch.manual_seed(0)
    model = TranslationModel(Blur(), projection=PatchProjection([3, 4], width=8))
    values = []
    for flip in (False, True):
        task = ContrastiveTranslation(
            model, model, layers=[0, 1], patches=48, weight=1.0, identity=False, flip=flip, temperature=0.07,
            autocast=EXACT,
        )  # fmt: skip
        round_ = task.play(batch())
        assert torch.equal(round_.real, batch().target)
        values.append(float(task.generator_losses(round_, batch())["nce"].detach()))
    assert values[0] == pytest.approx(values[1], rel=1e-4)
