"""Packing: neighbours of the batch share a score."""

import pytest
import torch

from srgan.adversarial import pack


def test_neighbours_are_put_together_in_the_channels() -> None:
    pictures = torch.arange(6 * 3 * 2 * 4).reshape(6, 3, 2, 4)
    packed = pack(pictures, 2)
    assert packed.shape == (3, 6, 2, 4)
    assert torch.equal(packed[1], torch.cat([pictures[2], pictures[3]]))
    assert pack(torch.tensor([[1, 2], [3, 4], [5, 6], [7, 8]]), 4).tolist() == [[1, 2, 3, 4, 5, 6, 7, 8]]
    assert torch.equal(pack(pictures, 1), pictures)


def test_gradients_reach_every_sample() -> None:
    points = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pack(x, 2).prod(1), (points,))


@pytest.mark.parametrize("count", [0, 3, 16])
def test_a_count_that_does_not_divide_the_batch_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"8 samples cannot be packed by {count}"):
        pack(torch.zeros(8, 2), count)
