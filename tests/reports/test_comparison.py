"""The page of a comparison as a file: what is in it, and what is not."""

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srgan.reports import Comparison, captioned_sheet
from tests.reports.comparing import MODELS, compared, write

_VOID = {"meta", "img", "link", "input"}


class _Page(HTMLParser):
    """Checks that elements are closed in order, and collects what tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: dict[str, list[str]] = {}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.setdefault(self.open[-1] if self.open else "", []).append(data)

    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name in {"src", "href", "action", "srcset", "data"}]


def _json(page: _Page) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(page.words["script"][0])
    return values


def test_a_folder_holds_the_pictures_beside_the_page(tmp_path: Path) -> None:
    path = write(tmp_path / "page")
    assert path == tmp_path / "page" / "index.html"
    page = _Page(path.read_text(encoding="utf-8"))
    found = _json(page)
    assert found["columns"] == ["LR", *MODELS, "HR"]
    for seed, picture in enumerate(found["pictures"]):
        wanted = compared("", seed)
        assert wanted.truth is not None
        for source, pixels in zip(
            picture["sources"], [wanted.small, *wanted.results.values(), wanted.truth], strict=True
        ):
            assert re.fullmatch(r"pictures/[A-Za-z0-9._-]+\.png", source)
            assert (np.asarray(Image.open(path.parent / source)) == pixels).all()
    assert len(list((path.parent / "pictures").iterdir())) == 12
    assert found["pictures"][0]["scores"][1] == ["PSNR (Y) 31.26 dB", "Consistency \N{INFINITY} dB"]


def test_one_file_holds_everything(tmp_path: Path) -> None:
    path = write(tmp_path / "page.html")
    assert [*tmp_path.iterdir()] == [path]
    page = _Page(path.read_text(encoding="utf-8"))
    (source,) = [_json(page)["pictures"][2]["sources"][2]]
    kind, _, text = source.partition(",")
    assert kind == "data:image/png;base64"
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
    assert (pixels == compared("", 2).results[MODELS[1]]).all()
    assert all(link.startswith("data:") for link in page.links())


@pytest.mark.parametrize("name", ["page", "page.html"])
def test_nothing_is_asked_for_outside_and_nothing_hostile_gets_in(tmp_path: Path, name: str) -> None:
    text = write(tmp_path / name).read_text(encoding="utf-8")
    page = _Page(text)
    assert not [attribute for attribute, _ in page.attributes if attribute.startswith("on") or attribute == "style"]
    assert not re.search(r"https?:|[\"'(]//|@import|url\((?!#heat)", text)
    assert page.tags.count("script") == 2
    assert "b" not in page.tags
    policy = next(value for name, value in page.attributes if value.startswith("default-src"))
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.words[tag][-1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_figures_stand_in_the_table(tmp_path: Path) -> None:
    text = write(tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<th class="number">PSNR (Y), dB \N{UPWARDS ARROW}</th></tr>' in text  # and no other metric has a value
    assert '<tr><th>plain</th><td class="number best">31.26</td></tr>' in text
    assert '<td class="number">29.50</td>' in text
    assert "Protocol: &lt;none&gt;." in text


def test_crops_show_where_the_models_differ(tmp_path: Path) -> None:
    page = Comparison(tmp_path / "page", side=24)
    picture = compared("one.png", 7)
    page.add(picture)
    path = page.write("one")
    left, top, width, height = (
        int(number) for number in re.findall(r'data-crop="(\d+) (\d+) (\d+) (\d+)"', path.read_text("utf-8"))[0]
    )
    assert (width, height) == (24, 24)
    assert left <= 50 <= left + 14
    assert top <= 20 <= top + 14
    square = slice(top, top + 24), slice(left, left + 24)
    enlarged = picture.small.repeat(2, axis=0).repeat(2, axis=1)
    assert picture.truth is not None
    row = [pixels[square] for pixels in (enlarged, *picture.results.values(), picture.truth)]
    expected = captioned_sheet(["LR", *MODELS, "HR"], [row])
    assert (np.asarray(Image.open(path.parent / "crops.png")) == expected).all()


def test_one_model_is_compared_with_the_truth_or_with_nothing(tmp_path: Path) -> None:
    for truth in (True, False):
        whole = compared("one.png", 3, truth=truth)
        alone = type(whole)("one.png", {"plain": whole.results["plain"]}, whole.small, whole.truth)
        page = Comparison(tmp_path / f"{truth}.html", side=24)
        page.add(alone)
        text = page.write("one").read_text(encoding="utf-8")
        assert json.loads(_Page(text).words["script"][0])["columns"] == ["LR", "plain", *(["HR"] * truth)]


def test_what_cannot_be_shown(tmp_path: Path) -> None:
    page = Comparison(tmp_path / "page.html")
    with pytest.raises(ValueError, match="needs a picture"):
        page.write("none")
    page.add(compared("one.png", 1))
    with pytest.raises(ValueError, match="and the pictures before"):
        page.add(compared("two.png", 2, truth=False))
    picture = compared("three.png", 3)
    with pytest.raises(ValueError, match="no names of models"):
        page.add(type(picture)("x", {"HR": picture.small.repeat(2, 0).repeat(2, 1)}, picture.small))
