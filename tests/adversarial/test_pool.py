"""The pool of earlier fakes."""

import pytest
import torch

from srgan.adversarial import Sample, SamplePool


def numbered(first: int, count: int, *, condition: bool = False) -> Sample:
    """Pictures whose pixels are their numbers; conditions are minus that."""
    numbers = torch.arange(first, first + count, dtype=torch.float32)[:, None, None, None]
    pictures = numbers.expand(-1, 3, 2, 2).clone()
    return Sample(pictures, -pictures[:, :1] if condition else None)


def numbers(sample: Sample) -> list[int]:
    pictures = sample.picture
    assert (pictures == pictures[:, :1, :1, :1]).all()
    return [int(value) for value in pictures[:, 0, 0, 0]]


def test_what_comes_first_is_kept_and_given_back() -> None:
    pool = SamplePool(5)
    assert numbers(pool(numbered(0, 2))) == [0, 1]
    assert numbers(pool(numbered(2, 3))) == [2, 3, 4]
    assert pool.state()["pictures"][:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_half_of_the_pictures_are_exchanged_for_any_of_the_kept() -> None:
    torch.manual_seed(0)
    pool, capacity, steps = SamplePool(8), 8, 4000
    pool(numbered(0, capacity))
    ages = []
    for step in range(steps):
        first = capacity + 2 * step
        for position, number in enumerate(numbers(pool(numbered(first, 2)))):
            if number != first + position:
                ages.append(first + position - number)
    share = len(ages) / (2 * steps)
    assert share == pytest.approx(0.5, abs=0.03)
    # A kept picture is given away with a chance of 1 / 16 at each one that comes: a geometric distribution.
    assert sum(ages) / len(ages) == pytest.approx(2 * capacity, rel=0.06)
    assert sum(age == 1 for age in ages) / len(ages) == pytest.approx(1 / 16, abs=0.015)


def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    torch.manual_seed(0)
    pool = SamplePool(6)
    shown = [number for step in range(50) for number in numbers(pool(numbered(4 * step, 4)))]
    kept = [int(value) for value in pool.state()["pictures"][:, 0, 0, 0]]
    # The first six are shown at once, and once more when they leave.
    assert sorted([*shown, *kept]) == sorted([*range(200), *range(6)])


def test_conditions_move_with_their_pictures() -> None:
    torch.manual_seed(0)
    pool = SamplePool(3)
    for step in range(30):
        result = pool(numbered(4 * step, 4, condition=True))
        assert result.condition is not None
        assert torch.equal(result.condition, -result.picture[:, :1])
    assert torch.equal(pool.state()["conditions"], -pool.state()["pictures"][:, :1])


@pytest.mark.parametrize("condition", [True, False])
@pytest.mark.parametrize("filled", [2, 40])
def test_a_restored_pool_goes_on_bit_for_bit(condition: bool, filled: int) -> None:
    def go_on(pool: SamplePool) -> torch.Tensor:
        torch.manual_seed(5)
        return torch.cat([pool(numbered(1000 + 3 * step, 3, condition=condition)).picture for step in range(20)])

    torch.manual_seed(0)
    pool, other = SamplePool(8), SamplePool(8)
    for step in range(filled // 2):
        pool(numbered(2 * step, 2, condition=condition))
    state = {name: tensor.clone() for name, tensor in pool.state().items()}
    other.restore(state)
    expected = go_on(pool)
    assert torch.equal(go_on(other), expected)
    assert state.keys() == ({"pictures", "conditions"} if condition else {"pictures"})
    # What it was restored from is not touched by it.
    again = SamplePool(8)
    again.restore(state)
    assert torch.equal(go_on(again), expected)


def test_an_empty_pool_and_a_smaller_one() -> None:
    pool = SamplePool(4)
    assert pool.state() == {}
    pool(numbered(0, 4))
    smaller = SamplePool(2)
    smaller.restore(pool.state())
    assert smaller.state()["pictures"][:, 0, 0, 0].tolist() == [0, 1]
    pool.restore({})
    assert numbers(pool(numbered(9, 1))) == [9]
    with pytest.raises(ValueError, match="at least one picture"):
        SamplePool(0)


def test_pictures_are_detached_copies_in_the_same_layout() -> None:
    torch.manual_seed(0)
    pool = SamplePool(2)
    for _ in range(8):
        weight = torch.ones(4, 3, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
        fake = weight * 2.0
        result = pool(Sample(fake)).picture
        assert not result.requires_grad
        assert result.stride() == fake.stride()
        fake.detach().fill_(7.0)
        assert (result == 2.0).all()
    assert (pool.state()["pictures"] == 2.0).all()
