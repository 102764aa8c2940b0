"""Unrolling: the generator learns against the discriminator as it will be some steps later."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from srgan.adversarial.relativistic import process_mean

__all__ = ["adam_rates", "unrolled"]


def unrolled(
    parameters: Mapping[str, Tensor],
    loss: Callable[[dict[str, Tensor]], Tensor],
    *,
    steps: int,
    rates: float | Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """The discriminator's parameters after some steps of gradient descent that can be differentiated.

    Metz et al. 2017, "Unrolled generative adversarial networks", Eq. 8 to 10. The generator's loss at the result has a
    gradient through all steps: how the discriminator will answer. The discriminator itself then learns by one plain
    step from where it was. Cost: about `steps` times a step of the discriminator twice differentiated, and the memory
    of all of them at once. Processes that share the batch take the same steps, by the mean of their gradients.

    Args:
        parameters: the discriminator's, by name; detached here and never changed.
        loss: the discriminator's loss with given parameters, a scalar; differentiable twice, in float32 or wider. The
            fakes in it must keep their gradient to the generator.
        steps: how many, 0 or more.
        rates: length of a step: a number for all, or a tensor (scalar or of the parameter's shape) a parameter: a fixed
            diagonal preconditioner, such as `adam_rates`.

    Returns:
        The parameters by the same names, differentiable with respect to all that the loss depends on. Those that the
        loss does not use stay as they are.
    """
    current = {name: tensor.detach().requires_grad_() for name, tensor in parameters.items()}
    for _ in range(steps):
        gradients = torch.autograd.grad(
            loss(current), list(current.values()), create_graph=True, materialize_grads=True
        )
        current = {
            name: tensor - (rates[name] if isinstance(rates, Mapping) else rates) * process_mean(gradient)
            for (name, tensor), gradient in zip(current.items(), gradients, strict=True)
        }
    return current


def adam_rates(optimiser: torch.optim.Optimizer, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """How far Adam would step for a unit of gradient, at its present second moments and without momentum.

    ``lr / (sqrt(v / (1 - beta2^t)) + eps)``, Kingma and Ba 2015, algorithm 1. Unrolled steps of this length are as long
    as those that the discriminator will really take.

    Args:
        optimiser: Adam or AdamW.
        parameters: some of those that it changes, by name.

    Returns:
        A tensor without gradient a parameter; 0 for one that has not been stepped yet: it has no scale so far.
    """
    options = {parameter: group for group in optimiser.param_groups for parameter in group["params"]}
    rates = {}
    for name, parameter in parameters.items():
        state, group = optimiser.state.get(parameter), options[parameter]
        if not state:
            rates[name] = torch.zeros_like(parameter)
            continue
        corrected = state["exp_avg_sq"] / (1 - group["betas"][1] ** state["step"])
        rates[name] = group["lr"] / (corrected.sqrt() + group["eps"])
    return rates
