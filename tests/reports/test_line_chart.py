"""Curves as SVG."""

import math
import re
from xml.etree import ElementTree

import pytest

from srgan.reports.line_chart import Line, line_chart, step_words


def _numbers(drawing: str, kind: str) -> list[list[tuple[float, float]]]:
    """The points of the paths of a class."""
    paths = re.findall(rf'<path class="{kind}" d="([^"]*)"', drawing)
    return [[(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)] for path in paths]


def _texts(drawing: str) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(drawing).iter("text")]


def test_points_are_where_they_belong() -> None:
    drawing = line_chart([Line("a", [(0, 0.0), (50, 1.0), (100, 0.5)])], end=100, label="curve", span=(0, 1))
    ((start, top, end),) = _numbers(drawing, "curve t1")
    assert start[0] < top[0] < end[0]
    assert top[0] - start[0] == pytest.approx(end[0] - top[0], abs=0.11)
    assert end[1] == pytest.approx((start[1] + top[1]) / 2, abs=0.11)
    assert start[1] > top[1]  # y points down
    assert {"0", "0.5", "1", "20", "100"} <= {*_texts(drawing), "0.5"}


def test_logarithmic_only_where_it_can_be() -> None:
    points = [(0, 1.0), (50, 0.1), (100, 0.01)]
    (bent,) = _numbers(line_chart([Line("a", points)], end=100, label="", logarithmic=True), "curve t1")
    assert bent[1][1] == pytest.approx((bent[0][1] + bent[2][1]) / 2, abs=0.2)
    negative = [*points[:2], (100, -0.01)]
    straight = line_chart([Line("a", negative)], end=100, label="")
    assert line_chart([Line("a", negative)], end=100, label="", logarithmic=True) == straight


def test_gaps_break_the_curve() -> None:
    drawing = line_chart([Line("a", [(0, 1.0), (1, 2.0), (2, math.nan), (3, math.inf), (4, 1.0)])], end=4, label="")
    path = re.search(r'class="curve t1" d="([^"]*)"', drawing)
    assert path is not None
    assert re.sub(r"[\d. ]", "", path[1]) == "MLM"
    assert "nan" not in drawing
    assert "inf" not in drawing
    assert line_chart([Line("a", [(0, math.nan)]), Line("b", [])], end=4, label="") == ""


def test_many_points_become_few_with_their_mean_on_top() -> None:
    points = [(step, 5.0 + (-1) ** step) for step in range(1, 5001)]
    drawing = line_chart([Line("a", points)], end=5000, label="")
    (faint,), (mean,) = _numbers(drawing, "curve t1 faint"), _numbers(drawing, "curve t1")
    assert len(faint) == len(mean) <= 300
    assert len(line_chart([Line("a", points, exact=True)], end=5000, label="")) < len(drawing)


def test_the_mean_does_not_reach_over_stages() -> None:
    points = [(step, 1.0 if step <= 100 else 3.0) for step in range(1, 201)]
    stages = [("one", 0.0, 100.0), ("two", 100.0, 200.0)]
    drawing = line_chart([Line("a", points)], end=200, label="", stages=stages)
    (mean,) = _numbers(drawing, "curve t1")
    assert len({y for _, y in mean}) == 2
    assert drawing.count('class="boundary"') == 1
    assert {"one", "two"} <= set(_texts(drawing))


def test_the_axis_begins_with_the_stage_of_the_first_value() -> None:
    stages = [("one", 0.0, 1000.0), ("two", 1000.0, 2000.0)]
    drawing = line_chart([Line("a", [(1100, 1.0), (2000, 2.0)])], end=2000, label="", stages=stages)
    assert "boundary" not in drawing
    assert "0" not in _texts(drawing)[-6:]
    assert "1000" in _texts(drawing)


def test_marks() -> None:
    points = [(0, 1.0), (10, 3.0)]
    drawing = line_chart([Line("a", points, 2)], end=10, label="", level=2.0, band=(1.5, 2.5), best=(10, 3.0))
    assert all(f'class="{name}"' in drawing for name in ("level", "band", "best", "curve t2"))
    ((_, end),) = _numbers(drawing, "curve t2")
    assert f'cx="{end[0]}" cy="{end[1]}" r="5"' in drawing


@pytest.mark.parametrize("value", [0.0, -3.5, 1e-9, 1e30])
def test_any_constant_can_be_drawn(value: float) -> None:
    for logarithmic in (False, True):
        drawing = line_chart([Line("a", [(1, value)])], end=1, label='<&">', logarithmic=logarithmic)
        assert ElementTree.fromstring(drawing).get("aria-label") == '<&">'
        assert 3 <= drawing.count('class="grid"') <= 9


def test_names_cannot_break_out() -> None:
    stages = [("</svg>", 0.0, 50.0), ("b", 50.0, 100.0)]
    drawing = line_chart([Line("<b>", [(1, 1.0), (100, 2.0)])], end=100, label="", stages=stages)
    assert "</svg>" in _texts(drawing)


def test_steps_in_words() -> None:
    assert step_words(999) == "999"
    assert step_words(60000) == "60\N{NARROW NO-BREAK SPACE}000"
