"""Unrolling: the closed form of a quadratic game, gradients through the steps, and the optimiser's own step length."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.func import functional_call

from srgan.adversarial import NonSaturating, adam_rates, unrolled
from tests.ending import end


@pytest.mark.parametrize("steps", [0, 1, 5, 50])
@pytest.mark.parametrize(("curvature", "rate"), [(0.5, 0.2), (2.0, 0.9)])
def test_closed_form(steps: int, curvature: float, rate: float) -> None:
    # V = theta phi - c phi^2 / 2, which the discriminator phi maximises.
    phi, theta = torch.tensor(0.3, dtype=torch.float64), torch.tensor(1.7, dtype=torch.float64, requires_grad=True)

    def value(parameters: dict[str, Tensor]) -> Tensor:
        return theta * parameters["phi"] - curvature / 2 * parameters["phi"] ** 2

    last = unrolled({"phi": phi}, lambda parameters: -value(parameters), steps=steps, rates=rate)
    (gradient,) = torch.autograd.grad(value(last), theta)
    shrunk = (1 - rate * curvature) ** steps
    expected = shrunk * 0.3 + 1.7 * (1 - shrunk) / curvature
    assert last["phi"].item() == pytest.approx(expected, abs=1e-6)
    through = expected + (1.7 - curvature * expected) * (1 - shrunk) / curvature
    assert gradient.item() == pytest.approx(through, abs=1e-6)
    if steps == 0:
        assert gradient.item() == pytest.approx(0.3, abs=1e-6)
    elif steps == 50 and curvature == 2.0:
        assert gradient.item() == pytest.approx(1.7 / curvature, abs=1e-4)


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()


def _points() -> tuple[Tensor, Tensor, Tensor]:
    """Real points, noise, and what the generator adds to the noise."""
    random = torch.Generator().manual_seed(1)
    real, noise = (torch.randn(6, 2, dtype=torch.float64, generator=random) for _ in range(2))
    return real, noise, torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)


def _generator_loss(real: Tensor, noise: Tensor, shift: Tensor) -> Tensor:
    """Of a generator that looks three steps ahead."""
    network, objective = _network(), NonSaturating()

    def judged(parameters: dict[str, Tensor], points: Tensor) -> Tensor:
        scores: Tensor = functional_call(network, parameters, (points,))
        return scores

    def loss(parameters: dict[str, Tensor]) -> Tensor:
        return objective.discriminator_loss(judged(parameters, real), judged(parameters, noise + shift))

    later = unrolled(dict(network.named_parameters()), loss, steps=3, rates=0.5)
    return objective.generator_loss(judged(later, noise + shift), judged(later, real))


def test_the_generators_gradient_is_right_through_a_network() -> None:
    real, noise, shift = _points()
    assert torch.autograd.gradcheck(lambda moved: _generator_loss(real, noise, moved), (shift,))


def _process(rank: int, folder: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    real, noise, shift = _points()
    own = slice(3 * rank, 3 * rank + 3)
    (gradient,) = torch.autograd.grad(_generator_loss(real[own], noise[own], shift), shift)
    distributed.all_reduce(gradient)
    torch.save(gradient / 2, Path(folder) / f"{rank}.pt")
    end()


def test_two_processes_have_the_gradient_of_one(tmp_path: Path) -> None:
    multiprocessing.spawn(_process, args=(str(tmp_path),), nprocs=2)  # type: ignore[attr-defined, no-untyped-call]
    real, noise, shift = _points()
    (expected,) = torch.autograd.grad(_generator_loss(real, noise, shift), shift)
    for rank in range(2):
        assert torch.allclose(torch.load(tmp_path / f"{rank}.pt", weights_only=True), expected, rtol=1e-12)


def test_the_steps_are_those_of_gradient_descent_and_the_network_stays() -> None:
    network, points = _network(), torch.randn(8, 2).double()
    before = {name: tensor.detach().clone() for name, tensor in network.named_parameters()}
    rates = {name: torch.rand_like(tensor) for name, tensor in before.items()}

    def loss(parameters: dict[str, Tensor]) -> Tensor:
        scores: Tensor = functional_call(network, parameters, (points,))
        return scores.square().mean()

    later = unrolled(dict(network.named_parameters()), loss, steps=2, rates=rates)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, before[name])
        assert parameter.grad is None
    for _ in range(2):
        network.zero_grad()
        network(points).square().mean().backward()
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                assert parameter.grad is not None
                parameter.sub_(rates[name] * parameter.grad)
    for name, parameter in network.named_parameters():
        assert torch.allclose(later[name], parameter, rtol=1e-12)


def test_parameters_without_a_part_in_the_loss_stay() -> None:
    start = {"used": torch.tensor(2.0), "idle": torch.tensor(3.0)}
    later = unrolled(start, lambda parameters: parameters["used"] ** 2, steps=2, rates=0.25)
    assert later["used"].item() == 0.5
    assert later["idle"].item() == 3.0


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW])
def test_rates_of_adam_make_its_steps(kind: type[torch.optim.Adam]) -> None:
    # Where the gradient is constant, momentum and second moment are settled at once.
    slope = torch.tensor([3.0, -0.02], dtype=torch.float64)
    parameters = {name: torch.zeros(2, dtype=torch.float64, requires_grad=True) for name in ("moved", "idle")}
    optimiser = kind(list(parameters.values()), lr=0.01, betas=(0.9, 0.99), weight_decay=0.0)

    def loss(parameters: dict[str, Tensor]) -> Tensor:
        return (slope * parameters["moved"]).sum()

    def step() -> Tensor:
        optimiser.zero_grad()
        loss(parameters).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        return parameters["moved"].detach().clone()

    for _ in range(3):
        start = step()
    rates = adam_rates(optimiser, parameters)
    assert torch.equal(rates["idle"], torch.zeros(2))
    later = unrolled(parameters, loss, steps=1, rates=rates)
    assert torch.allclose(later["moved"], step(), rtol=1e-9)
    assert torch.allclose(later["moved"] - start, -0.01 * torch.sign(slope), rtol=1e-5)
