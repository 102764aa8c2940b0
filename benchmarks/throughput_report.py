"""What the rounds of the throughput benchmark say: a table, what was wanted of them, and a page with a figure."""

import json
import platform
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.bar_chart import Bar, bar_chart

__all__ = ["Facts", "report", "write_docs"]

PEAK = "peak"
COMPACT, NO_ENCODING = "srgan upscale", "srgan, no encoding"
ONNXRUNTIME, TORCH, NCNN = "ONNX Runtime in our pipeline", "torch", "realesrgan-ncnn-py"
PHOTOS, NETWORK_ALONE, SMALL = "folder of photographs", "their network alone", "folder of small pictures"
START, SRRESNET, SRRESNET_PLAIN = "start-up", "srresnet: srgan", "srresnet: ONNX Runtime, plain graph"

_LARGE = (COMPACT, NO_ENCODING, ONNXRUNTIME, TORCH, NCNN)
_BEGIN, _END = "<!-- benchmarks.throughput begins -->", "<!-- benchmarks.throughput ends -->"
_FIGURE = "throughput.svg"

_Round = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """What the measurements are about.

    Attributes:
        threads: of every contestant.
        precision: of the loop for the peak.
        megapixels: of the large result.
        gflop: useful work of the large picture, 10^9 operations.
        photos: how many photographs.
        photo_megapixels: of their results together.
        small: how many pictures of 64 x 64.
        full: measured at full size; what is wanted is said of that only.
        load: of the machine at the end, processes that want to run.
        skipped: contestants that could not run, with the reason.
    """

    threads: int
    precision: str
    megapixels: float
    gflop: float
    photos: int
    photo_megapixels: float
    small: int
    full: bool
    load: float
    skipped: dict[str, str]


class _Goal(NamedTuple):
    what: str
    wanted: str
    met: Callable[[float], bool]
    shown: str
    needs: tuple[str, ...]
    of: Callable[[_Round, Facts], float]


def _goals() -> list[_Goal]:
    """What is wanted of the rounds; the values are medians of what each round says."""

    def times(slow: str, fast: str, least: float, words: str, key: str = "wall") -> _Goal:
        return _Goal(
            f"{words}, times as fast",
            f"at least {least:g}",
            lambda value: value >= least,
            "{:.2f}",
            (slow, fast),
            lambda one, _: _seconds(one[slow], key) / _seconds(one[fast], key),
        )

    return [
        _Goal(
            "large picture: share of the peak, whole time",
            "at least 75 %",
            lambda value: value >= 0.75,
            "{:.1%}",
            (PEAK, COMPACT),
            lambda one, facts: facts.gflop / (one[COMPACT].wall * one[PEAK].wall),
        ),
        _Goal(
            "the same of the processor time it got",
            "",
            lambda _: True,
            "{:.1%}",
            (PEAK, COMPACT),
            lambda one, facts: facts.gflop / (one[COMPACT].busy * one[PEAK].busy / facts.threads),
        ),
        _Goal(
            "large picture: most memory, MB",
            "at most 450",
            lambda value: value <= 450,
            "{:.0f}",
            (COMPACT,),
            lambda one, _: one[COMPACT].peak,
        ),
        times(TORCH, COMPACT, 5, "against torch eager with tiles"),
        times(ONNXRUNTIME, COMPACT, 2.2, "against ONNX Runtime in our pipeline"),
        times(NCNN, NO_ENCODING, 2, "against realesrgan-ncnn-py, no encoding", "network"),
        times(NCNN, COMPACT, 4, "against realesrgan-ncnn-py, PNG included"),
        _Goal(
            "photographs: whole time / network alone",
            "at most 1.08",
            lambda value: value <= 1.08,
            "{:.3f}",
            (PHOTOS, NETWORK_ALONE),
            lambda one, _: one[PHOTOS].wall / _seconds(one[NETWORK_ALONE], "network"),
        ),
        _Goal(
            "small pictures a second",
            "at least 60",
            lambda value: value >= 60,
            "{:.1f}",
            (SMALL,),
            lambda one, facts: facts.small / one[SMALL].wall,
        ),
        _Goal(
            "growth of memory, MB in 1,000 small pictures",
            "below 1",
            lambda value: value < 1,
            "{:.2f}",
            (SMALL,),
            lambda one, facts: one[SMALL].growth * 1000 / facts.small,
        ),
        _Goal(
            "512 x 512 picture, start to file, seconds",
            "below 1.5",
            lambda value: value < 1.5,
            "{:.2f}",
            (START,),
            lambda one, _: one[START].wall,
        ),
        times(SRRESNET_PLAIN, SRRESNET, 3, "srresnet against ONNX Runtime fp32", "network"),
    ]


def _seconds(cost: Any, key: str) -> float:  # noqa: ANN401
    return float(cost.wall if key == "wall" else json.loads(cost.said)[key])


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _judged(facts: Facts, rounds: list[_Round]) -> Iterator[tuple[str, str, str, str]]:
    """What was wanted, and what came out."""
    for goal in _goals():
        if not all(need in rounds[0] for need in goal.needs):
            continue
        value = _median([goal.of(one, facts) for one in rounds])
        verdict = "" if not goal.wanted or not facts.full else "yes" if goal.met(value) else "NO"
        yield goal.what, goal.wanted, goal.shown.format(value), verdict


def _table(rounds: list[_Round]) -> Iterator[tuple[str, float, float, float, str]]:
    """Name, wall, processor seconds, peak megabytes, and the network's seconds where they were told."""
    for name in rounds[0]:
        if name == PEAK:
            continue
        costs = [one[name] for one in rounds]
        told = [json.loads(cost.said).get("network") for cost in costs if cost.said.startswith("{")]
        network = f"{_median(told):.2f}" if told and None not in told else ""
        wall, busy, peak = (_median([getattr(cost, key) for cost in costs]) for key in ("wall", "busy", "peak"))
        yield name, wall, busy, peak, network


def _headline(facts: Facts, rounds: list[_Round]) -> str:
    words = (
        f"{_processor()}, {facts.threads} threads, {len(rounds)} round{'s' * (len(rounds) > 1)}, load {facts.load:.1f} "
        f"at the end. Large picture: {facts.megapixels:.0f} MP out, {facts.gflop:,.0f} useful GFLOP; {facts.photos} "
        f"photographs: {facts.photo_megapixels:,.0f} MP out; {facts.small:,} small pictures of 64 x 64."
    )
    if PEAK in rounds[0]:
        words += f" Peak of the {facts.precision} loop: {_median([one[PEAK].wall for one in rounds]):.0f} GFLOP/s."
    return words + "".join(f" Skipped: {name} ({reason})." for name, reason in facts.skipped.items())


def report(facts: Facts, rounds: list[_Round]) -> str:
    """The medians for a terminal."""
    lines = [_headline(facts, rounds), "", f"{'':38}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'network s':>11}"]
    for name, wall, busy, peak, network in _table(rounds):
        lines.append(f"{name:38}{wall:9.2f}{busy:9.2f}{peak:9.0f}{network:>11}")
    lines += ["", f"{'':54}{'wanted':>14}{'measured':>10}"]
    for what, wanted, measured, verdict in _judged(facts, rounds):
        lines.append(f"{what:54}{wanted:>14}{measured:>10} {verdict}".rstrip())
    return "\n".join(lines) + "\n"


def write_docs(folder: Path, facts: Facts, rounds: list[_Round]) -> None:
    """Put table and figure into ``performance.md``, between the two marks that are there."""
    page = folder / "performance.md"
    lines = [_BEGIN, _headline(facts, rounds), ""]
    bars = [
        Bar(name, facts.megapixels / wall, own=name in (COMPACT, NO_ENCODING))
        for name, wall, *_ in _table(rounds)
        if name in _LARGE
    ]
    if bars:
        title = f"One picture x4 to {facts.megapixels:.0f} megapixels, the same compact network"
        unit = "megapixels of the result a second, whole process from start to end"
        (folder / _FIGURE).write_text(bar_chart(bars, title=title, unit=unit), encoding="utf-8")
        lines += [f"![Megapixels a second]({_FIGURE})", ""]
    lines += ["| what | wanted | measured |", "|---|---:|---:|"]
    lines += [f"| {what} | {wanted} | {measured} |" for what, wanted, measured, _ in _judged(facts, rounds)]
    lines += ["", "| program | seconds | processor seconds | most memory, MB | network alone, seconds |"]
    lines += ["|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {wall:.2f} | {busy:.2f} | {peak:.0f} | {network} |"
        for name, wall, busy, peak, network in _table(rounds)
    ]
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(_BEGIN) + ".*?" + re.escape(_END), re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{page} has no place for the measurements: {_BEGIN} ... {_END}")
    whole = "\n".join([*lines, _END])
    page.write_text(pattern.sub(lambda _: whole, text), encoding="utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
