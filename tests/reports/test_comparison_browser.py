"""The page of a comparison in a browser, opened from the disk without a network."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reports.comparing import MODELS, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_LOADED = "[...document.querySelectorAll('#panes img')].every((img) => img.complete && img.naturalWidth)"


def _until(page: "Page", words: str) -> None:
    """Wait until an expression is true; the browser's own waiting evaluates text, which the page's policy forbids."""
    end = time.monotonic() + 20
    while not page.evaluate(words):
        assert time.monotonic() < end, words
        page.wait_for_timeout(20)


@pytest.fixture(params=["page", "page.html"])
def page(browser: "Browser", tmp_path: Path, request: pytest.FixtureRequest) -> "Iterator[Page]":
    """The page as a folder, and as one file; whatever it complains about fails the test."""
    path = write(tmp_path / request.param)
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else troubles.append(asked.url))
    opened.goto(path.as_uri())
    _until(opened, _LOADED)
    yield opened
    assert troubles == []
    context.close()


def _places(page: "Page") -> list[tuple[float, ...]]:
    """Left, top and zoom of every picture."""
    found = page.eval_on_selector_all("#panes img", "images => images.map((img) => img.style.transform)")
    return [tuple(float(number) for number in re.findall(r"-?[\d.]+", transform)) for transform in found]


def test_views_move_in_step(page: "Page") -> None:
    assert page.locator(".pane b").all_text_contents() == ["LR", *MODELS, "HR"]
    assert "PSNR (Y) 31.26 dB" in page.locator(".pane figcaption").nth(1).inner_text()
    box = page.locator(".view").nth(2).bounding_box()
    assert box is not None
    before = _places(page)
    assert len(before) == 4
    assert len(set(before)) == 1
    x, y = box["x"] + 150, box["y"] + 100
    page.mouse.move(x, y)
    words = page.locator("#zoom").text_content()
    page.mouse.wheel(0, -1000)
    _until(page, f"document.querySelector('#zoom').textContent !== {json.dumps(words)}")
    zoomed = _places(page)
    assert len(set(zoomed)) == 1
    assert zoomed[0][2] == pytest.approx(before[0][2] * 2.71828**1.5, rel=0.01)
    # What lies under the pointer has stayed where it was.
    for axis, place in ((0, 150), (1, 100)):
        point = [(place - view[0][axis]) / view[0][2] for view in (before, zoomed)]
        assert point[0] == pytest.approx(point[1], abs=1.5 / before[0][2])
    page.mouse.down()
    page.mouse.move(x + 30, y - 20, steps=3)
    page.mouse.up()
    moved = _places(page)
    assert len(set(moved)) == 1
    assert (moved[0][0] - zoomed[0][0], moved[0][1] - zoomed[0][1]) == pytest.approx((30, -20), abs=1)
    page.click("#actual")
    assert {place[2] for place in _places(page)} == {1}
    page.locator("#panes").press("0")
    assert _places(page) == before


def test_pictures_are_chosen(page: "Page") -> None:
    page.click("#next")
    assert page.locator("#picture").input_value() == "</script>1.png"
    page.locator("#panes").press("PageUp")
    page.select_option("#picture", index=2)
    _until(page, _LOADED)
    assert "2.png" in (page.locator("#panes img").first.get_attribute("alt") or "")
    page.locator(".go").nth(1).click()
    assert page.locator("#picture").input_value() == "</script>1.png"
    left, top, width, height = (int(n) for n in (page.locator(".go").nth(1).get_attribute("data-crop") or "").split())
    box = page.locator(".view").first.bounding_box()
    assert box is not None
    place = _places(page)[0]
    assert place[0] + place[2] * (left + width / 2) == pytest.approx(box["width"] / 2, abs=2)
    assert place[1] + place[2] * (top + height / 2) == pytest.approx(box["height"] / 2, abs=2)


def test_the_slider_parts_two_pictures(page: "Page") -> None:
    page.click("[data-mode=slider]")
    page.select_option("#left", "HR")
    _until(page, _LOADED)
    assert page.locator(".tag").all_text_contents() == ["HR", MODELS[1]]
    handle, view = page.locator(".divider").bounding_box(), page.locator(".view").bounding_box()
    assert handle is not None
    assert view is not None
    page.mouse.move(handle["x"] + 16, handle["y"] + 40)
    page.mouse.down()
    page.mouse.move(view["x"] + view["width"] / 4, handle["y"] + 60, steps=3)
    page.mouse.up()
    share = page.locator(".upper").evaluate("layer => layer.style.clipPath")
    assert [float(number) for number in re.findall(r"[\d.]+", share)][1] == pytest.approx(75, abs=0.2)
    page.locator(".divider").press("ArrowRight")
    assert page.locator(".divider").get_attribute("aria-valuenow") == "27"


def test_differences_are_seen_as_heat(page: "Page") -> None:
    """The second model is the first with a square inverted: all else is black."""
    from io import BytesIO

    import numpy as np
    from PIL import Image

    page.click("[data-mode=difference]")
    page.select_option("#against", MODELS[0])
    _until(page, _LOADED)
    page.locator("#gain").fill("16")
    assert page.locator("#most").text_content() == "16"
    assert page.locator(".pane b").all_text_contents() == [MODELS[1], "HR"]
    shot = np.asarray(Image.open(BytesIO(page.locator(".view").first.screenshot())).convert("RGB"), np.int64)
    left, top, zoom = _places(page)[0]
    inside = shot[round(top + 22 * zoom) : round(top + 28 * zoom), round(left + 52 * zoom) : round(left + 58 * zoom)]
    outside = shot[round(top + 40 * zoom) : round(top + 70 * zoom), round(left + 2 * zoom) : round(left + 90 * zoom)]
    assert inside.mean() > 120
    assert outside.max() <= 8
