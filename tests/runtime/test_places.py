import pytest

from srgan.errors import UsageError
from srgan.runtime import devices, load_model, places_of
from srgan.runtime.places import Place, place_of
from tests.runtime.makers import described as maker
from tests.runtime.networks import described


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("auto", [("auto", 0, 1)]),
        ("cpu", [("cpu", 0, 1)]),
        ("cuda", [("cuda", 0, 1)]),
        ("cuda:1", [("cuda", 1, 1)]),
        ("tensorrt:12", [("tensorrt", 12, 1)]),
        ("cuda:0,cuda:1", [("cuda", 0, 1), ("cuda", 1, 1)]),
        ("cuda, cuda:0", [("cuda", 0, 1), ("cuda", 0, 1)]),
        ("cpu,cpu,cpu", [("cpu", 0, 3)] * 3),
    ],
)
def test_devices_are_named(text: str, places: list[tuple[str, int, int]]) -> None:
    assert [tuple(place) for place in places_of(text)] == places


@pytest.mark.parametrize(
    "text", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:1", "auto:0", "cuda,", "cuda:1000", ",".join(["cpu"] * 65)]
)
def test_what_is_no_device_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no device; one of: auto, cpu, cuda"):
        places_of(text)


def test_devices_whose_results_differ_do_not_share_work() -> None:
    with pytest.raises(UsageError, match="differ"):
        places_of("cuda:0,cpu")
    with pytest.raises(UsageError, match="only auto"):
        places_of("auto,auto")


def test_one_device_where_one_is_needed() -> None:
    assert place_of("cuda:2") == Place("cuda", 2)
    assert place_of(Place("cpu", 0, 4)) == Place("cpu", 0, 4)
    with pytest.raises(UsageError, match="several devices"):
        place_of("cuda:0,cuda:1")
    with pytest.raises(UsageError, match="several devices"):
        load_model(maker(), device="cpu,cpu")


@pytest.mark.parametrize(("limit", "share", "threads"), [(None, 1, None), (3, 1, 3), (8, 2, 4), (3, 2, 1), (1, 4, 1)])
def test_workers_share_the_threads(
    monkeypatch: pytest.MonkeyPatch, limit: int | None, share: int, threads: int | None
) -> None:
    monkeypatch.setattr(devices, "thread_limit", lambda: limit)
    assert devices.threads_of(share) == threads


def test_without_a_limit_the_cores_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "thread_limit", lambda: None)
    monkeypatch.setattr(devices, "_cores", lambda: 16)
    assert devices.threads_of(3) == 5


def test_several_devices_make_a_team() -> None:
    model = load_model(described(2), device="cpu,cpu,cpu")
    assert len(model.team) == len({id(one.session) for one in model.team}) == 3
    assert model.team[0] is model
    assert model.device_line.endswith(", 3 workers")
    assert model.device_line.count("CPU (") == 1
    alone = load_model(described(2), device="cpu")
    assert alone.team == (alone,)
    assert "workers" not in alone.device_line
