"""Reading what a training left in its folder."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from srgan.errors import UsageError

__all__ = ["Event", "Progress", "RunRecord", "ValidationRecord", "read_run"]


@dataclass(frozen=True)
class Progress:
    """Means over an interval that ends at this step; absent parts are empty."""

    step: int
    stage: str
    losses: dict[str, float]
    lr: dict[str, float]
    health: dict[str, float]
    words: str


@dataclass(frozen=True)
class ValidationRecord:
    """Metrics of the averaged network at a step."""

    step: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Event:
    """Something out of the ordinary, in words."""

    step: int
    words: str


@dataclass
class RunRecord:
    """One training: how it went, and what it was."""

    folder: Path
    progress: list[Progress] = field(default_factory=list)
    validations: list[ValidationRecord] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    crops: dict[int, dict[str, Path]] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def last_step(self) -> int:
        """The last step that anything is known of."""
        steps = [entry.step for entry in self.progress] + [entry.step for entry in self.validations]
        return int(max([*steps, self.status.get("step", 0), 1]))

    def stages(self) -> list[tuple[str, int, int]]:
        """Name, first and last step of each stage in their order."""
        found: list[tuple[str, int, int]] = []
        for entry in self.progress:
            if found and found[-1][0] == entry.stage:
                found[-1] = (entry.stage, found[-1][1], entry.step)
            else:
                found.append((entry.stage, found[-1][2] if found else 0, entry.step))
        return found


def read_run(folder: Path) -> RunRecord:
    """Read ``log.jsonl``, and where they are there ``run.json``, ``status.json`` and ``crops/``.

    Steps count over all stages. After a return to an earlier step, what was logged beyond it is left out, save for the
    events. Damaged lines and files are left out and named in the record's notes.

    Raises:
        UsageError: the folder has no ``log.jsonl``.
    """
    try:
        text = (folder / "log.jsonl").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{folder} is not the folder of a training: it has no readable log.jsonl") from error
    record = RunRecord(folder)
    damaged = 0
    for line in text.split("\n"):
        if line.strip():
            entry = _object(line)
            if entry is None or not _is_number(entry.get("step")):
                damaged += 1
            else:
                _take(record, int(entry["step"]), entry)
    if damaged:
        record.notes.append(f"log.jsonl: {damaged} damaged line{'s' if damaged > 1 else ''} left out")
    record.about = _read_object(record, "run.json")
    record.status = {
        name: value
        for name, value in _read_object(record, "status.json").items()
        if name == "status" or _is_number(value)
    }
    record.crops = {step: pictures for step, pictures in _crops(folder / "crops") if pictures}
    return record


def _take(record: RunRecord, step: int, entry: dict[str, Any]) -> None:
    if "event" in entry:
        record.events.append(Event(step, str(entry["event"])))
    elif "validation" in entry:
        _rewind(record.validations, step)
        record.validations.append(ValidationRecord(step, _numbers(entry["validation"])))
    else:
        _rewind(record.progress, step)
        _rewind(record.validations, step + 1)  # one of this very step may have been logged before
        lr = entry.get("lr")
        record.progress.append(
            Progress(
                step=step,
                stage=str(entry.get("stage", "")),
                losses=_numbers(entry.get("losses")),
                lr=_numbers(lr if isinstance(lr, dict) else {"generator": lr} if _is_number(lr) else {}),
                health=_numbers(entry.get("health")),
                words=str(entry.get("words") or ""),
            )
        )


def _rewind(entries: list[Any], step: int) -> None:
    """Drop what was logged at this step or later, before a return to an earlier one."""
    while entries and entries[-1].step >= step:
        entries.pop()


def _numbers(table: object) -> dict[str, float]:
    """Its numbers; those that JSON calls null or NaN are kept as NaN, which leaves a gap in a curve."""
    if not isinstance(table, dict):
        return {}
    values = {}
    for name, value in table.items():
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            values[str(name)] = math.nan
        elif _is_number(value):
            values[str(name)] = float(value)
    return values


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read_object(record: RunRecord, name: str) -> dict[str, Any]:
    try:
        text = (record.folder / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    value = _object(text)
    if value is None:
        record.notes.append(f"{name} is damaged and was left out")
    return value or {}


def _crops(folder: Path) -> Iterator[tuple[int, dict[str, Path]]]:
    """Step and pictures by name, of ``step_00001000/<name>.png``, in the order of the steps."""
    found: dict[int, list[Path]] = {}
    for path in folder.glob("step_*/*.png"):
        number = path.parent.name.removeprefix("step_")
        if number.isdecimal():
            found.setdefault(int(number), []).append(path)
    for step in sorted(found):
        yield step, {path.stem: path for path in sorted(found[step])}
