"""The page in a browser: what people do, and that nothing is fetched from anywhere else."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving.running import Running, opened, picture, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SECONDS = 60_000


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
    assert re.search(r"bicubic \u00b7 \d+ m?s on CPU in fp64", page.inner_text("#facts"))
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


def test_strength_is_asked_of_models_that_have_a_faithful_one(browser: "Browser") -> None:
    with running(models=("x4", "bicubic")) as sharp:
        for page in _open(browser, sharp):
            assert "0 % is x4-fidelity" in page.inner_text("#strength-hint")
            page.set_input_files("#files", _file("a.png"))
            page.wait_for_selector("#toolbar:visible")
            full = page.get_attribute("#after", "src")
            page.fill("#strength", "40")
            assert page.inner_text("#strength-value") == "40 %"
            with page.expect_request(re.compile(r"/v1/jobs\?")) as asked:
                page.click("#again")
            assert "strength=0.4" in asked.value.url
            page.wait_for_function("before => document.getElementById('after').src !== before", arg=full)
            page.select_option("#model", "bicubic")
            assert not page.is_visible("#strength")
            with page.expect_request(re.compile(r"/v1/jobs\?")) as asked:
                page.click("#again")
            assert "strength" not in asked.value.url
            page.wait_for_selector("#toolbar:visible")


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


def test_a_file_that_is_no_picture(page: "Page") -> None:
    page.set_input_files("#files", {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture" * 50})
    page.wait_for_selector("#problem:visible")
    assert "notes.png could not be enlarged" in page.inner_text("#problem")
    assert "Not a picture" in page.inner_text("#problem")
    assert page.inner_text(".item .thumb").lower() == "png"
    assert page.locator("#handle").is_hidden()
    page.click("#retry")
    page.wait_for_selector("#problem:visible")
    broken = page.evaluate("[...document.images].filter(e => e.offsetParent && !e.naturalWidth).map(e => e.outerHTML)")
    assert broken == []
    page.get_by_role("button", name="Remove notes.png").click()
    assert page.locator("#empty").is_visible()


def test_a_format_that_the_browser_cannot_show(page: "Page") -> None:
    page.set_input_files("#files", {"name": "a.tif", "mimeType": "image/tiff", "buffer": picture(format="TIFF")})
    page.wait_for_selector("#problem:visible")
    assert "a.tif is ready" in page.inner_text("#problem")
    assert page.locator("#retry").is_hidden()
    with page.expect_download() as started:
        page.click("#download")
    assert opened(Path(started.value.path()).read_bytes()).format == "TIFF"


def test_a_server_that_cannot_be_reached_is_named(browser: "Browser", server: Running) -> None:
    page = browser.new_page()  # whose console tells of the failure, as it should
    page.route("**/v1/jobs?*", lambda route: route.abort())
    page.goto(server.url)
    page.wait_for_selector(".dot.good")
    page.click("#tab-translate")
    page.click("#example")
    page.wait_for_selector("#toast:visible")
    assert "cannot be reached" in page.inner_text("#toast")
    assert page.locator("#sketch-busy").is_hidden()
    page.unroute("**/v1/jobs?*")
    page.click("#sketch-go")
    page.wait_for_selector("#sketch-result img")
    page.close()


def test_tabs_by_keys(page: "Page") -> None:
    page.focus("#tab-upscale")
    page.keyboard.press("ArrowRight")
    assert page.locator("#panel-translate").is_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#panel-generate").is_visible()
    assert page.locator("#panel-upscale").is_hidden()
    page.click("#text-go")
    assert page.inner_text("#text-problem") == "Write what the pictures are to show."
    page.locator("#chips button").nth(1).click()
    page.locator("#gallery img").nth(3).wait_for()
    assert page.locator("#text-problem").is_hidden()


def test_on_a_phone_in_the_dark(phone: "Page") -> None:
    assert phone.evaluate("document.documentElement.dataset.theme") == "dark"
    phone.set_input_files("#files", _file("a.png", width=64, height=48))
    phone.wait_for_selector("#toolbar:visible")
    stage = _box(phone, "#stage")
    phone.touchscreen.tap(stage["x"] + 10, stage["y"] + 10)
    for tab in ("upscale", "translate", "generate"):
        button = _box(phone, f"#tab-{tab}")
        assert button["x"] >= 0
        assert button["x"] + button["width"] <= 390, "no tab is cut off"
        phone.tap(f"#tab-{tab}")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out"
        small = phone.evaluate(
            "[...document.querySelectorAll('button:not(.pick, #example), .button')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 34).length"
        )
        assert small == 0, "fingers need room"
        clipped = phone.evaluate(
            """() => [...document.querySelectorAll("select")].filter(e => e.offsetParent).filter(e => {
                const pen = document.createElement("canvas").getContext("2d");
                pen.font = getComputedStyle(e).font;
                return [...e.options].some(o => pen.measureText(o.text).width > e.clientWidth - 36);
            }).map(e => e.id)"""
        )
        assert clipped == []
    phone.tap("#tab-translate")
    board, pen = _box(phone, "#sketch"), _box(phone, "#tool-pen")
    assert 0 < pen["y"] - board["y"] - board["height"] < 40, "the tools lie beside the board"


def test_fingers_slide_stretch_and_move(phone: "Page") -> None:
    phone.set_input_files("#files", _file("a.png", width=64, height=48))
    phone.wait_for_selector("#toolbar:visible")
    stage, fingers = _box(phone, "#stage"), phone.context.new_cdp_session(phone)
    middle = (stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", middle)
    touch("touchMove", (stage["x"] + stage["width"] * 0.8, middle[1]))
    touch("touchEnd")
    assert _split(phone) == 80
    fitted = int(phone.inner_text("#zoom-value").split()[0])
    touch("touchStart", (middle[0] - 30, middle[1]), (middle[0] + 30, middle[1]))
    touch("touchMove", (middle[0] - 60, middle[1]), (middle[0] + 60, middle[1]))
    touch("touchMove", (middle[0] - 120, middle[1]), (middle[0] + 120, middle[1]))
    touch("touchEnd")
    assert int(phone.inner_text("#zoom-value").split()[0]) > 1.5 * fitted
    assert _split(phone) == 80, "two fingers do not slide"
    left = phone.evaluate("document.getElementById('after').style.left")
    touch("touchStart", (stage["x"] + 60, stage["y"] + 60))
    touch("touchMove", (stage["x"] + 90, stage["y"] + 60))
    touch("touchEnd")
    assert phone.evaluate("document.getElementById('after').style.left") != left
    assert phone.evaluate("visualViewport.scale") == 1, "the page itself is not stretched"


@pytest.mark.parametrize("size", [(1200, 800), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: "Browser", server: Running, theme: str, size: tuple[int, int]) -> None:
    width, height = size
    viewport: Any = {"width": width, "height": height}
    for page in _open(browser, server, viewport=viewport, color_scheme=theme, reduced_motion="reduce"):
        seen = [_violations(page)]
        page.set_input_files("#files", [_file("a.png"), {"name": "b.png", "mimeType": "image/png", "buffer": b"none"}])
        page.locator(".item.failed").wait_for()
        page.locator(".item .save:visible").wait_for()
        seen.append(_violations(page))
        page.get_by_role("button", name="b.png", exact=True).click()
        seen.append(_violations(page))
        page.click("#tab-translate")
        seen.append(_violations(page))
        page.click("#example")
        page.wait_for_selector("#sketch-result img")
        seen.append(_violations(page))
        page.click("#tab-generate")
        seen.append(_violations(page))
        page.click("#text-go")
        page.fill("#text", "a red apple")
        page.click("#text-go")
        page.locator("#gallery img").nth(3).wait_for()
        seen.append(_violations(page))
        page.evaluate("document.getElementById('ask-token').showModal()")
        seen.append(_violations(page))
        assert seen == [[]] * 8


def _violations(page: "Page") -> list[str]:
    """What axe-core complains about, each with the first element that it means."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def _box(page: "Page", selector: str) -> dict[str, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
