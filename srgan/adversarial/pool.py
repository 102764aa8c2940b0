"""Earlier fakes, so that the discriminator does not forget them."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from srgan.adversarial.penalties import Sample

__all__ = ["SamplePool"]


class SamplePool:
    """Shows the discriminator generated pictures of earlier steps as well (Shrivastava et al. 2017, section 2.3).

    As in CycleGAN (Zhu et al. 2017, section 4): while the pool is not full, pictures are kept and given back. Then each
    is with probability 1/2 exchanged for one that was kept, all of these being as likely. Random numbers come from
    torch's generator of the CPU.

    Args:
        capacity: pictures that are kept; 50 in CycleGAN.

    Raises:
        ValueError: it is not positive.
    """

    def __init__(self, capacity: Annotated[int, Field(gt=0)]) -> None:
        if capacity < 1:
            raise ValueError(f"capacity = {capacity}: a pool keeps at least one picture")
        self.capacity = capacity
        self._pictures: list[Tensor] = []
        self._conditions: list[Tensor] = []

    def __call__(self, sample: Sample) -> Sample:
        """Exchange some of the fakes; a condition goes with its picture.

        Args:
            sample: fakes; always of the same shape, and always with or always without a condition.

        Returns:
            As many, detached, in memory of their own, laid out as the given ones.
        """
        picture = sample.picture.detach().clone()
        condition = None if sample.condition is None else sample.condition.detach().clone()
        for index in range(len(picture)):
            if len(self._pictures) < self.capacity:
                self._pictures.append(picture[index].clone())
                if condition is not None:
                    self._conditions.append(condition[index].clone())
            elif torch.rand(()) < 0.5:
                place = int(torch.randint(self.capacity, ()))
                _exchange(self._pictures, place, picture[index])
                if condition is not None:
                    _exchange(self._conditions, place, condition[index])
        return Sample(picture, condition)

    def state(self) -> dict[str, Tensor]:
        """What is kept, for a checkpoint: ``pictures`` and, where there are some, ``conditions``."""
        kept = {"pictures": self._pictures, "conditions": self._conditions}
        return {name: torch.stack(tensors) for name, tensors in kept.items() if tensors}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take back what `state` gave; more than fits in is left out."""
        none = torch.empty(0)
        self._pictures = [row.clone() for row in state.get("pictures", none)[: self.capacity]]
        self._conditions = [row.clone() for row in state.get("conditions", none)[: self.capacity]]


def _exchange(kept: list[Tensor], place: int, row: Tensor) -> None:
    """Swap the values; `row` is a view of the result, whose layout in memory stays."""
    earlier = kept[place].to(row.device)
    kept[place] = row.clone()
    row.copy_(earlier)
