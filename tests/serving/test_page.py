"""The page in a browser: what people do, and that nothing is fetched from anywhere else."""

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving.running import Running, opened, picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 60_000


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    playwright = pytest.importorskip("playwright.sync_api")
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


def _open(browser: "Browser", server: Running, **context: Any) -> "Iterator[Page]":  # noqa: ANN401
    """The page; whatever it complains about, and whatever it asks of others, fails the test."""
    opened_ = browser.new_context(accept_downloads=True, **context)
    page = opened_.new_page()
    page.set_default_timeout(_SECONDS)
    troubles: list[str] = []
    own = (server.url, f"blob:{server.url}")
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(own) else troubles.append(asked.url))
    page.goto(server.url)
    page.wait_for_selector(".dot.good")
    yield page
    assert troubles == []
    opened_.close()


@pytest.fixture
def page(browser: "Browser", server: Running) -> "Iterator[Page]":
    yield from _open(browser, server, viewport={"width": 1200, "height": 800})


@pytest.fixture
def phone(browser: "Browser", server: Running) -> "Iterator[Page]":
    size = {"width": 390, "height": 844}
    yield from _open(browser, server, viewport=size, is_mobile=True, has_touch=True, color_scheme="dark")


def _file(name: str, **kind: Any) -> Any:  # noqa: ANN401
    return {"name": name, "mimeType": "image/png", "buffer": picture(**kind)}


def _split(page: "Page") -> int:
    return int(page.get_attribute("#handle", "aria-valuenow") or -1)


def test_enlarging_from_drop_to_download(page: "Page", server: Running) -> None:
    kept = len(server.service.jobs)
    page.evaluate(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
            const about = { bubbles: true, cancelable: true, dataTransfer: data };
            for (const kind of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(
                new DragEvent(kind, about));
        }""",
        list(picture(64, 48)),
    )
    page.wait_for_selector("#toolbar:visible")
    assert "256 \u00d7 192 px" in page.inner_text("#facts")
    assert re.search(r"bicubic, .+ on CPU", page.inner_text("#facts"))
    with page.expect_download() as started:
        page.click("#download")
    assert started.value.suggested_filename == "dropped_256x192.png"
    assert opened(Path(started.value.path()).read_bytes()).size == (256, 192)
    page.wait_for_timeout(300)
    assert len(server.service.jobs) <= kept, "the server forgets"


def test_the_dividing_line_by_mouse_and_keys(page: "Page") -> None:
    page.set_input_files("#files", _file("a.png", width=64, height=48))
    page.wait_for_selector("#toolbar:visible")
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    middle = stage["y"] + stage["height"] / 2
    assert _split(page) == 50
    page.mouse.move(stage["x"] + stage["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] / 4, middle)
    page.mouse.up()
    assert _split(page) == 25
    page.focus("#handle")
    for key, expected in (("ArrowRight", 27), ("Shift+ArrowRight", 35), ("ArrowLeft", 33), ("End", 100), ("Home", 0)):
        page.keyboard.press(key)
        assert _split(page) == expected
    page.focus("#stage")
    fitted = page.inner_text("#zoom-value")
    page.keyboard.press("+")
    assert page.inner_text("#zoom-value") != fitted
    left = page.evaluate("document.getElementById('after').style.left")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.getElementById('after').style.left") != left
    page.keyboard.press("0")
    assert page.inner_text("#zoom-value") == fitted
    page.mouse.move(stage["x"] + 100, middle)
    page.mouse.wheel(0, -300)
    assert page.inner_text("#zoom-value") != fitted


def test_a_batch_as_zip_and_one_that_fails(page: "Page", tmp_path: Path) -> None:
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": picture()[:50]}
    page.set_input_files("#files", [_file("a.png"), _file("a.png", seed=1), broken, _file("ü.png", seed=2)])
    page.locator(".item.failed").wait_for()
    page.locator(".item .save:visible").nth(2).wait_for()
    assert "ends too early" in page.inner_text(".item.failed")
    with page.expect_download() as started:
        page.click("#zip")
    with zipfile.ZipFile(started.value.path()) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["a_32x24.png", "a_32x24_2.png", "ü_32x24.png"]
        assert opened(archive.read("ü_32x24.png")).size == (32, 24)
    page.select_option("#scale", "scale=2")
    page.select_option("#format", "webp")
    page.click("#again")
    page.get_by_text("16 \u00d7 12").nth(2).wait_for()
    page.click("#clear")
    assert page.locator(".item").count() == 0


def test_drawing_and_colouring(page: "Page") -> None:
    page.click("#tab-translate")
    board = page.locator("#sketch").bounding_box()
    assert board is not None
    page.mouse.move(board["x"] + 50, board["y"] + 50)
    page.mouse.down()
    page.mouse.move(board["x"] + 200, board["y"] + 50)
    page.mouse.move(board["x"] + 120, board["y"] + 200)
    page.mouse.up()
    page.wait_for_selector("#sketch-result img")
    assert "emoji-colour" in page.inner_text("#sketch-facts")
    page.click("#sketch-enlarge")
    page.wait_for_selector("#toolbar:visible")
    assert "512 \u00d7 512 px" in page.inner_text("#facts")


def test_texts(page: "Page") -> None:
    page.click("#tab-generate")
    page.fill("#text", "a red apple")
    page.select_option("#count", "4")
    page.click("#text-go")
    page.locator("#gallery img").nth(3).wait_for()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").first.click()
    assert started.value.suggested_filename == "a-red-apple-1.png"


def test_on_a_phone_in_the_dark(phone: "Page") -> None:
    assert phone.evaluate("document.documentElement.dataset.theme") == "dark"
    phone.set_input_files("#files", _file("a.png", width=64, height=48))
    phone.wait_for_selector("#toolbar:visible")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out"
    stage = phone.locator("#stage").bounding_box()
    assert stage is not None
    phone.touchscreen.tap(stage["x"] + 10, stage["y"] + 10)
    small = phone.evaluate(
        "[...document.querySelectorAll('#panel-upscale button, #panel-upscale .button, [role=tab]')]"
        ".filter(e => e.offsetParent && !e.matches('.pick') && e.getBoundingClientRect().height < 34).length"
    )
    assert small == 0, "fingers need room"


def test_everything_has_a_name_and_contrast(page: "Page") -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, textarea, [role=slider], canvas, img")]
            .filter(e => !e.getAttribute("aria-label") && !e.labels?.length && !e.textContent.trim())
            .filter(e => !e.hasAttribute("alt")).map(e => e.outerHTML)"""
    )
    assert nameless == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    referred = page.evaluate(
        "[...document.querySelectorAll('[for],[aria-controls],[aria-labelledby]')].flatMap("
        "e => ['for','aria-controls','aria-labelledby'].map(n => e.getAttribute(n)).filter(Boolean))"
    )
    assert set(referred) <= set(ids)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        pairs = page.evaluate(
            """() => { const style = getComputedStyle(document.documentElement);
                return ["ink ground", "ink card", "soft ground", "soft card", "accent card", "accent accent-soft",
                        "accent-ink accent", "bad card"]
                    .map(pair => pair.split(" ").map(name => style.getPropertyValue("--" + name).trim())) }"""
        )
        for ink, ground in pairs:
            assert _contrast(ink, ground) >= 4.5, (theme, ink, ground)


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        values = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
