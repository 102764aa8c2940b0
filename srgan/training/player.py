"""One side of the game: a network and the optimiser that changes it."""

from typing import Any, Literal

import torch
from torch import Tensor, nn

from srgan.training.processes import Processes

__all__ = ["Player"]


class Player:
    """Sums up gradients, averages them over the processes, clips, checks and steps.

    Args:
        network: whose parameters change.
        optimiser: ``"adam"`` or ``"adamw"``.
        lr: learning rate at its highest.
        betas: of Adam.
        weight_decay: of Adam.
        clip: largest norm of the gradient; None leaves it as it is.
        scaler: of half precision with few exponent bits (fp16); None where none is needed.
        processes: that share the batch.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimiser: Literal["adam", "adamw"],
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
        clip: float | None,
        scaler: torch.amp.GradScaler | None,
        processes: Processes,
    ) -> None:
        self.network = network
        self.lr = lr
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        kind = torch.optim.AdamW if optimiser == "adamw" else torch.optim.Adam
        self.optimiser = kind(self._parameters, lr=lr, betas=betas, weight_decay=weight_decay, fused=True)
        self._clip, self._scaler, self._processes = clip, scaler, processes

    def clear(self) -> None:
        """Forget the gradients."""
        self.optimiser.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss."""
        (loss if self._scaler is None else self._scaler.scale(loss)).backward()  # type: ignore[no-untyped-call]

    def freeze(self, frozen: bool) -> None:
        """Leave the parameters out of the backward pass, or take them in again."""
        for parameter in self._parameters:
            parameter.requires_grad_(not frozen)

    def prepare(self) -> Tensor:
        """Make the gradients ready to be used.

        Returns:
            Their norm before clipping, a scalar; not finite where an update would do harm.
        """
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        # Before the scaler looks at them: an overflow of one process is one of all.
        self._processes.average(gradients)
        if self._scaler is not None:
            self._scaler.unscale_(self.optimiser)
        limit = float("inf") if self._clip is None else self._clip
        return nn.utils.clip_grad_norm_(self._parameters, limit)

    def step(self, lr: float) -> None:
        """Change the weights."""
        for group in self.optimiser.param_groups:
            group["lr"] = lr
        if self._scaler is None:
            self.optimiser.step()
        else:
            self._scaler.step(self.optimiser)
            self._scaler.update()

    def leave_out(self) -> bool:
        """Forget this step's gradients.

        Returns:
            Whether that is nothing unusual: fp16 overflowed, and its scale has been lowered.
        """
        self.clear()
        if self._scaler is None:
            return False
        before = self._scaler.get_scale()
        self._scaler.update()
        return self._scaler.get_scale() < before and before > 1.0

    def state(self, prefix: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON values of the optimiser and the scaler, for a checkpoint."""
        tensors: dict[str, Tensor] = {}
        scalars: dict[str, Any] = {}
        for index, values in self.optimiser.state_dict()["state"].items():
            for name, value in values.items():
                if isinstance(value, Tensor):
                    tensors[f"{prefix}.{index}.{name}"] = value
                else:
                    scalars.setdefault(str(index), {})[name] = value
        if self._scaler is not None:
            scalars["scaler"] = self._scaler.state_dict()
        return tensors, scalars

    def restore(self, tensors: dict[str, Tensor], scalars: dict[str, Any]) -> None:
        """Take back what `state` gave (names without the prefix).

        Tensors take the memory layout of their parameter, as they had it before.
        """
        scalars = dict(scalars)
        scaler = scalars.pop("scaler", None)
        state: dict[int, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            index, key = name.split(".", 1)
            parameter = self._parameters[int(index)]
            if tensor.shape == parameter.shape:
                tensor = torch.empty_like(parameter, memory_format=torch.preserve_format).copy_(tensor)
            state.setdefault(int(index), {})[key] = tensor
        for index, values in scalars.items():
            state.setdefault(int(index), {}).update(values)
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})
        if self._scaler is not None and scaler:
            self._scaler.load_state_dict(scaler)
