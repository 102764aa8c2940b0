import threading
from collections.abc import Iterator

import pytest

from srgan.batch.ahead import in_order
from srgan.runtime import Model, bicubic


def members(count: int) -> list[Model]:
    return [bicubic() for _ in range(count)]


@pytest.mark.parametrize(("team", "most"), [(1, 1), (3, 9), (4, 2)])
def test_results_come_in_order_and_a_member_has_one_in_hand(team: int, most: int) -> None:
    busy: set[int] = set()
    asked: list[int] = []
    lock = threading.Lock()

    def items() -> Iterator[int]:
        for number in range(40):
            asked.append(number)
            yield number

    def work(model: Model, item: int) -> int:
        with lock:
            assert id(model) not in busy
            busy.add(id(model))
            assert len(busy) <= most
        threading.Event().wait(0.002 * (item % 3))
        with lock:
            busy.remove(id(model))
        return item * item

    for number, (item, result) in enumerate(in_order(items(), work, members(team), most)):
        assert (item, result) == (number, number * number)
        assert len(asked) <= number + 1 + min(team, most), "too far ahead"


def test_all_work_at_the_same_time() -> None:
    meet = threading.Barrier(3)

    def work(model: Model, item: int) -> int:
        return meet.wait(10)

    assert len(list(in_order(range(9), work, members(3), 3))) == 9


def test_an_error_comes_in_its_turn_and_ends_it() -> None:
    def work(model: Model, item: int) -> int:
        if item == 2:
            raise ValueError("bad")
        return item

    before, done = threading.active_count(), list[int]()
    with pytest.raises(ValueError, match="bad"):
        done.extend(item for item, _ in in_order(range(100), work, members(2), 2))
    assert done == [0, 1]
    assert threading.active_count() == before
