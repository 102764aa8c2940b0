"""GAN-QP: the optimum between two points, distances, and what it refuses."""

import pytest
import torch
from torch import Tensor

from srgan.adversarial import QuadraticPotential
from tests.adversarial.gaussians import descend


@pytest.mark.parametrize(("apart", "gap", "value"), [(0.3, 3.0, 1.5), (3.0, 30.0, 15.0), (30.0, 300.0, 150.0)])
def test_two_points(apart: float, gap: float, value: float) -> None:
    # Strength 10: the best difference of the scores is 10 times the distance, and the value half of that.
    objective = QuadraticPotential()
    real = torch.full((1, 1), apart, dtype=torch.float64)
    fake = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    distance = objective.distance([real], [fake.detach()])
    slope = torch.zeros((), dtype=torch.float64, requires_grad=True)

    loss = descend(
        lambda: objective.discriminator_loss(slope * real, slope * fake.detach(), distance=distance), [slope], steps=50
    )
    assert (slope * apart).item() == pytest.approx(gap, rel=1e-6)
    assert -loss == pytest.approx(value, rel=1e-6)
    # The generator is drawn as hard from far away as from near.
    (pull,) = torch.autograd.grad(objective.generator_loss(slope * fake, slope * real), fake)
    assert pull.item() == pytest.approx(-10.0, rel=1e-6)


def test_distances_are_sums_over_the_parts() -> None:
    picture, code = torch.tensor([[[0.0, 4.0]], [[0.0, 0.0]]]), torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 2.0]])
    real, fake = [picture, code], [torch.zeros(2, 1, 2), torch.zeros(2, 3)]
    expected = {"mean_absolute": [3.0, 2 / 3], "rms": [8**0.5 + 1, (4 / 3) ** 0.5], "mean_square": [9.0, 4 / 3]}
    for metric, values in expected.items():
        distance = QuadraticPotential(metric=metric).distance(real, fake)  # type: ignore[arg-type]
        assert torch.allclose(distance, torch.tensor(values))
    # A number an item is a part, too, and half precision is not summed in half precision.
    assert QuadraticPotential().distance([torch.ones(2)], [torch.zeros(2)]).tolist() == [1.0, 1.0]
    fine = torch.full((1, 3, 64, 64), 1e-3, dtype=torch.bfloat16)
    assert QuadraticPotential(metric="mean_square").distance([fine], [0 * fine]).dtype == torch.float32
    with pytest.raises(ValueError, match="zip"):
        QuadraticPotential().distance(real, fake[:1])


def test_each_item_has_its_own_room_at_all_places_of_its_map() -> None:
    generator = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(3, 1, 2, 2, dtype=torch.float64, generator=generator) for _ in range(2))
    distance = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
    loss = QuadraticPotential(strength=5.0).discriminator_loss(real, fake, distance=distance)
    gaps = (real - fake).flatten(1)
    expected = torch.stack(
        [(gap**2 / (2 * 5 * far) - gap).mean() for gap, far in zip(gaps, distance, strict=True)]
    ).mean()
    assert loss.item() == pytest.approx(expected.item())


def test_identical_items_are_no_trouble() -> None:
    objective = QuadraticPotential()
    items, scores = torch.rand(2, 3, 4, 4), torch.randn(2, 1, 2, 2, requires_grad=True)
    distance = objective.distance([items], [items])
    loss = objective.discriminator_loss(scores, scores.clone(), distance=distance)
    assert loss.item() == 0.0
    assert torch.autograd.grad(loss, scores)[0].isfinite().all()


def test_what_it_refuses() -> None:
    scores: Tensor = torch.zeros(2)
    with pytest.raises(ValueError, match="as it stands"):
        QuadraticPotential(relativistic="paired")
    with pytest.raises(ValueError, match="needs the distance"):
        QuadraticPotential().discriminator_loss(scores, scores)
    with pytest.raises(ValueError, match="no place for wrong pairs"):
        QuadraticPotential().discriminator_loss(scores, scores, distance=torch.ones(2), wrong=scores)
