"""Points of names on two axes."""

import re
from xml.etree import ElementTree

import pytest

from srgan.reports import Point, scatter_chart

SVG = "{http://www.w3.org/2000/svg}"


def _circles(text: str) -> dict[str, tuple[float, float]]:
    root = ElementTree.fromstring(text)
    found = {}
    for circle in root.iter(f"{SVG}circle"):
        title = circle.find(f"{SVG}title")
        assert title is not None
        assert title.text is not None
        found[title.text.partition(":")[0]] = (float(circle.get("cx", "")), float(circle.get("cy", "")))
    return found


def _texts(text: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(text).iter(f"{SVG}text")]


def test_points_lie_where_their_values_are() -> None:
    points = [Point("a", 1, 10), Point("<b>", 3, 30, own=True), Point("c", 2, 20)]
    text = scatter_chart(points, title="T & T", across="x", up="y")
    places = _circles(text)
    assert places["a"][0] < places["c"][0] < places["<b>"][0]
    assert places["a"][1] > places["c"][1] > places["<b>"][1]
    assert places["c"] == pytest.approx(
        tuple((one + two) / 2 for one, two in zip(places["a"], places["<b>"], strict=True)), abs=0.2
    )
    assert {"T & T", "x", "y", "a", "<b>", "c"} <= {*_texts(text)}
    assert text.count('class="own"') == 1
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|\son\w+=", text)


def test_powers_of_ten_are_evenly_apart() -> None:
    places = _circles(
        scatter_chart(
            [Point("a", 1, 1), Point("b", 10, 1), Point("c", 100, 1)], title="", across="", up="", logarithmic=True
        )
    )
    assert places["b"][0] - places["a"][0] == pytest.approx(places["c"][0] - places["b"][0], abs=0.2)


def test_names_do_not_cover_each_other() -> None:
    """Twelve points at one place have room for a few names; their own circles tell the rest."""
    points = [Point(f"network {place}", 1 + place * 1e-6, 1) for place in range(12)] + [Point("far", 2, 2)]
    text = scatter_chart(points, title="", across="", up="")
    named = [name for name in _texts(text) if name.startswith("network")]
    assert 2 <= len(named) < 12
    assert len(_circles(text)) == 13


def test_own_points_are_named_first() -> None:
    crowd = [Point(f"network {place}", 1, 1) for place in range(12)]
    text = scatter_chart([*crowd, Point("mine", 1, 1, own=True)], title="", across="", up="")
    assert "mine" in _texts(text)


def test_names_stay_beside_their_points_and_off_the_levels() -> None:
    """A name on the left ends at its point whatever the font; no name is crossed by a dashed line."""
    points = [Point("a", 1, 10), Point("at the right border", 9, 10.2, own=True), Point("c", 2, 20)]
    text = scatter_chart(points, title="", across="", up="", levels={"level": 10.0})
    root = ElementTree.fromstring(text)
    names = {element.text: element for element in root.iter(f"{SVG}text")}
    places = _circles(text)
    border = names["at the right border"]
    assert border.get("text-anchor") == "end"
    assert float(border.get("x", "")) == pytest.approx(places["at the right border"][0] - 6, abs=4)
    level = re.search(r'class="level" d="M\d+ ([\d.]+)H', text)
    assert level is not None
    for name in ("a", "at the right border"):
        base = float(names[name].get("y", ""))
        assert not base - 11 < float(level[1]) < base + 3, name


def test_levels_and_notes() -> None:
    text = scatter_chart(
        [Point("a", 1, 10)], title="", across="", up="", levels={"bicubic 5": 5.0}, notes=["word " * 60]
    )
    level = re.search(r'class="level" d="M\d+ ([\d.]+)H', text)
    assert level is not None
    assert float(level[1]) > _circles(text)["a"][1]
    assert "bicubic 5" in _texts(text)
    assert sum(line.startswith("word") for line in _texts(text)) == 4
    with pytest.raises(ValueError, match="needs a point"):
        scatter_chart([], title="", across="", up="")
