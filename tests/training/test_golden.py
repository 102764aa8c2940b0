"""Loss curves of twenty steps on one CPU thread, as they were: a change that nobody meant shows here.

They are compared with a tolerance that other CPUs and other libraries below torch stay within. Where a change is
meant, write the curves anew and look at the difference:

    SRGAN_WRITE_GOLDEN=1 python -m pytest tests/training/test_golden.py
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.training.toys import log, make_trainer

GOLDEN = Path(__file__).parents[1] / "golden"
RELATIVE = 2e-3


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", ["tiny", "tiny_gan", "tiny_generation", "tiny_translation"])
def test_losses_are_what_they_were(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    known = request.getfixturevalue("paired_file" if name == "tiny_translation" else "run_file")
    trainer = make_trainer(known.with_name(f"{name}.toml"), tmp_path)
    trainer.train()
    curves: dict[str, dict[str, float]] = {}
    for entry in log(trainer):
        for loss, value in entry.get("losses", {}).items():
            curves.setdefault(loss, {})[str(entry["step"])] = value
    file = GOLDEN / f"{name}.json"
    if os.environ.get("SRGAN_WRITE_GOLDEN"):
        shown = {loss: {step: float(f"{value:.6g}") for step, value in curve.items()} for loss, curve in curves.items()}
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(shown, indent=1) + "\n")
    expected = json.loads(file.read_text())
    assert curves.keys() == expected.keys()
    assert len({step for curve in curves.values() for step in curve}) == 20
    for loss, curve in curves.items():
        assert curve == pytest.approx(expected[loss], rel=RELATIVE), loss
