import gc
import platform
import re
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from srgan.serving.memory import give_back
from srgan.serving.options import UpscaleOptions
from srgan.serving.order import Answer, Order, tell_when_done

if TYPE_CHECKING:
    from srgan.runtime import Model


def _resident() -> float:
    """Megabytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_free_memory_below_something_that_stays_goes_back() -> None:
    pieces = [bytes([index % 250 + 1]) * 32_768 for index in range(3_000)]
    last = pieces.pop()
    full = _resident()
    del pieces
    give_back()
    assert _resident() < full - 60
    assert last


def test_nothing_of_an_answer_waits_for_the_collector() -> None:
    """An order that somebody was told about is gone with the last one who needs it."""
    told: list[int] = []
    order = Order("upscale", cast("Model", None), UpscaleOptions.model_validate({}), b"bytes", seconds=9)
    number = order.number
    tell_when_done(order.answer, order, lambda ended: told.append(ended.number))
    order.answer.set_result(Answer(b"png", "PNG", 1, 1, 1, 1.0, "CPU", "fp32", 1, 1))
    assert told == [number]
    kept = weakref.ref(order)
    gc.disable()
    try:
        del order
        assert kept() is None
    finally:
        gc.enable()
