"""What an output is remembered by: everything that its pixels depend on."""

from pathlib import Path

import pytest

from srgan.batch import Job
from srgan.batch.existing import fingerprint
from srgan.runtime import Counterpart, Finish, Model, bicubic


def never() -> Model:
    pytest.fail("what a result depends on is known without loading it")


def test_a_mixture_depends_on_the_other_model_too() -> None:
    marks = {}
    for strength in (0.0, 0.5, 1.0):
        job = Job((Path("a.png"),), finish=Finish(strength))
        for other in (None, "ab", "cd"):
            model = bicubic()
            if other is not None:
                model.counterpart = Counterpart("faithful", other, never)
            marks[strength, other] = fingerprint(job, model)
    alone = {mark for (strength, _), mark in marks.items() if strength == 1}
    assert len(alone) == 1, "the model alone is what it was"
    assert len(set(marks.values())) == 7
