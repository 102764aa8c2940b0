"""The page about a training."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srgan.errors import UsageError
from srgan.reports import write_training_report

HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "img", "br"}


class _Page(HTMLParser):
    """Collects text and attributes, and checks that elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action", "srcset"}]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words).replace("\N{NARROW NO-BREAK SPACE}", " ")


def _strip(path: Path, model: int, *, width: int = 32) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    strip = np.repeat(np.array([[10, 20, model, 40]], np.uint8), width // 4, axis=1)
    Image.fromarray(np.repeat(np.repeat(strip, 8, axis=0)[..., None], 3, axis=2)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A training of two stages that went well."""
    entries: list[dict[str, Any]] = []
    for step in range(100, 2001, 100):
        game = step > 1000
        entry: dict[str, Any] = {
            "step": step,
            "stage": "adversarial" if game else "fidelity",
            "losses": {"l1": 1 / step, **({"vgg19": 2.0} if game else {})},
            "lr": {"generator": 1e-4, **({"discriminator": 2e-4} if game else {})},
        }
        if game:
            entry["health"] = {"advantage": 0.7, "real_score": 0.4, "fake_score": -0.3, "gradient_generator": 2.0}
            entry["words"] = "GAN: balanced (the discriminator is right in 70 % of places)"
        entries.append(entry)
        if step % 500 == 0:
            metrics = {"psnr_y": 27 + step / 1000 - (2 if game else 0), "lpips": 0.4 - step / 1e4, "novel": 1.5}
            entries.append({"step": step, "stage": entry["stage"], "validation": metrics})
    entries.insert(5, {"step": 480, "event": f"skipped a step: {HOSTILE}"})
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    about = {
        "run": {"name": f"x4 & {HOSTILE}", "seed": 3, "train": {"lr": 1e-4, "clip": None}},
        "environment": {"torch": "9.9.9", "device": "abacus", "versions": {"some_part": "1.2"}},
        "data_hash": "feedbeef",
        "protocol": "Y of BT.601",
        "steps": 2000,
    }
    (tmp_path / "run.json").write_text(json.dumps(about), encoding="utf-8")
    status = {"status": "finished", "step": 2000, "seconds": 7384.2}
    (tmp_path / "status.json").write_text(json.dumps(status), encoding="utf-8")
    _strip(tmp_path / "crops" / "step_00000500" / "cat.png", 100)
    _strip(tmp_path / "crops" / "step_00001000" / "cat.png", 150)
    _strip(tmp_path / "crops" / "step_00002000" / "cat.png", 200)
    return tmp_path


def _page(folder: Path) -> _Page:
    path = write_training_report(folder)
    assert path == folder / "report.html"
    return _Page(path.read_text(encoding="utf-8"))


def test_everything_is_on_the_page(folder: Path) -> None:
    text = _page(folder).text
    for words in (
        "x4 &", "finished", "2 000 of 2 000 steps", "stages: fidelity, adversarial", "2 h 3 min", "1 event",
        "balanced in 100 %", "GAN: balanced (the discriminator is right in 70 % of places)",
        "PSNR (Y)", "LPIPS", "novel", "Protocol: Y of BT.601",
        "Losses and learning rates", "l1", "vgg19", "The adversarial game",
        "Mean scores", "Gradient norms", "Learning rate",
        "skipped a step", "abacus", "versions.some part", "feedbeef", 'lr = 0.0001',
    ):  # fmt: skip
        assert words in text, words
    assert "clip" not in text


def test_best_and_last_values(folder: Path) -> None:
    html = write_training_report(folder).read_text(encoding="utf-8")
    cells = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall("<tr>.*?</tr>", html)]
    rows = {row[0]: row[1:] for row in cells if row}
    space = "\N{NARROW NO-BREAK SPACE}"
    assert rows["PSNR (Y), dB \N{UPWARDS ARROW}"] == ["28.00", f"1{space}000", "27.00", f"2{space}000"]
    assert rows["LPIPS \N{DOWNWARDS ARROW}"] == ["0.2000", f"2{space}000", "0.2000", f"2{space}000"]
    assert rows["novel"] == ["", "", "1.5000", f"2{space}000"]  # whether more is better is not known
    assert html.count('class="best"') == 2


def test_the_page_needs_nothing_but_itself(folder: Path) -> None:
    page = _page(folder)
    assert "script" not in page.tags
    assert page.links
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|url\(|@import", html)
    assert HOSTILE not in html
    assert f"skipped a step: {HOSTILE}" in page.text
    assert "prefers-color-scheme: dark" in html


def test_crops_of_the_first_and_the_last_validation(folder: Path) -> None:
    page = _page(folder)
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(link.partition(",")[2])))) for link in page.links]
    assert [picture.shape[:2] for picture in pictures] == [(8, 8)] * 5
    assert [int(picture.flat[0]) for picture in pictures] == [10, 20, 100, 200, 40]
    assert all(label in page.text for label in ("LR, nearest", "LR, bicubic", "model, step 500", "model, step 2 000"))


def test_sheets_of_generated_pictures_are_shown_whole(folder: Path) -> None:
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about["run"]["task"] = "generation"
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    page = _page(folder)
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(link.partition(",")[2])))) for link in page.links]
    assert [picture.shape[:2] for picture in pictures] == [(8, 32)] * 2
    assert [int(picture[0, 16].flat[0]) for picture in pictures] == [100, 200]
    assert "LR, bicubic" not in page.text


def test_crops_that_cannot_be_shown_are_named(folder: Path) -> None:
    last = folder / "crops" / "step_00002000"
    (last / "broken.png").write_bytes(b"no picture")
    _strip(last / "uneven.png", 1)
    Image.open(last / "uneven.png").crop((0, 0, 31, 8)).save(last / "uneven.png")
    for number in range(9):
        _strip(last / f"more{number}.png", 60)
    page = _page(folder)
    assert "8 of 12 pictures are shown" in page.text
    assert "broken: " in page.text
    for path in last.glob("more*.png"):
        path.unlink()
    text = _page(folder).text
    assert "uneven: a strip of 31 pixels is not 4 crops of one width" in text
    assert "pictures are shown" not in text


def test_a_log_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 5, "losses": {"l1": 1}}\n{"st', encoding="utf-8")
    page = _page(tmp_path)
    assert "end unknown" in page.text
    assert "1 damaged line left out" in page.text
    assert "None: no step was skipped." in page.text
    for absent in ("Crops", "Validation", "The adversarial game", "Environment", "Configuration"):
        assert absent not in page.text
    (tmp_path / "log.jsonl").write_text("", encoding="utf-8")
    assert "Losses" not in _page(tmp_path).text


@pytest.mark.parametrize(
    ("status", "said", "tone"),
    [
        ("stopped", "the same command continues", "wait"),
        ("diverged", "diverged", "bad"),
        ("running", "running", "calm"),
    ],
)
def test_how_it_ended(folder: Path, status: str, said: str, tone: str) -> None:
    (folder / "status.json").write_text(json.dumps({"status": status, "step": 1500, "seconds": 12}), encoding="utf-8")
    assert said in _page(folder).text
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert f'class="status {tone}"' in html
    assert "12 s" in html


def test_the_same_training_gives_the_same_page(folder: Path) -> None:
    first = write_training_report(folder).read_bytes()
    assert write_training_report(folder).read_bytes() == first
    assert sorted(path.name for path in folder.iterdir()) == [
        "crops", "log.jsonl", "report.html", "run.json", "status.json"
    ]  # fmt: skip


def test_no_training_no_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not the folder of a training"):
        write_training_report(tmp_path)
    assert not list(tmp_path.iterdir())
