"""Trainings with a degradation: described in the run file, reproducible, resumable, to be looked at beforehand."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from srgan.data import Batches
from srgan.errors import UsageError
from srgan.training import Trainer, load_run, preview_crops, read_model, run_schema
from srgan.training.sections import ValidationSection
from srgan.training.super_resolution_run import SuperResolutionRun

MILD = 'data.degradation={kind="mild"}'


def digest(checkpoint: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(checkpoint.iterdir())}


def test_the_run_names_everything(run_file: Path) -> None:
    run = load_run(run_file, (MILD, "data.degradation.first.noise=[0.0, 5.0]"))
    assert isinstance(run, SuperResolutionRun)
    table = run.data.degradation
    assert table is not None
    assert table["kind"] == "mild"
    assert table["first"]["noise"] == (0.0, 5.0)
    assert table["second"]["jpeg"] == (35, 95)
    assert json.loads(run.resolved())["data"]["degradation"]["first"]["sizes"] == [7]


def test_the_degradation_decides_the_result_and_threads_do_not(run_file: Path) -> None:
    plain = load_run(run_file).fingerprint()
    mild = load_run(run_file, (MILD,)).fingerprint()
    other = load_run(run_file, (MILD, "data.degradation.last_sinc=0.5")).fingerprint()
    assert len({plain, mild, other}) == 3
    assert load_run(run_file, ("data.workers=4",)).fingerprint() == plain


def test_the_packaged_models_run_keeps_its_fingerprint(repository: Path) -> None:
    """Its checkpoints exist; a change here would keep them from being continued."""
    run = load_run(repository / "runs" / "x4_compact.toml")
    assert run.fingerprint() == "a2976fce73de5272f7f89836459a64bfeb4b00f2502b46107e981f1372ef5043"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (('data.degradation={kind="mid"}',), r"data\.degradation\.kind: there is no 'mid'; did you mean 'mild'\?"),
        ((MILD, "data.degradation.frist.noise=[0,1]"), r"data\.degradation\.frist: .* did you mean 'first'\?"),
        ((MILD, "data.low=small"), r"data: give either low"),
        (("data.degradation=mild",), r'data\.degradation: input should be a table, such as \{kind = "mild"\}'),
    ],
)
def test_mistakes_are_named(run_file: Path, overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_run(run_file, overrides)


def test_resume_is_bit_exact(run_file: Path, tmp_path: Path) -> None:
    def trainer(name: str, *overrides: str) -> Trainer:
        return Trainer(load_run(run_file, (f"output={tmp_path / name}", MILD, *overrides)))

    whole = trainer("whole").train()
    broken = trainer("broken")
    stage = broken.stage.section
    stream = broken.feeding.batches(stage, stage.data.patch_at(1.0)).iterate(0)
    for _ in range(10):
        broken.train_step(stream)
    stream.close()
    broken.save()
    torch.manual_seed(123)
    resumed = trainer("broken", f"data.cache={tmp_path / 'cache'}").train()
    assert digest(resumed)["model.safetensors"] == digest(whole)["model.safetensors"]
    # Kept in memory or in a file, prepared by one thread or by three: the same training.
    other = trainer("other", "data.workers=3").train()
    one, two = read_model(whole)[0], read_model(other)[0]
    assert all(torch.equal(one[name], two[name]) for name in one)
    plain = read_model(Trainer(load_run(run_file, (f"output={tmp_path / 'plain'}",))).train())[0]
    assert not all(torch.equal(one[name], plain[name]) for name in one)


def test_validation_stays_bicubic(run_file: Path, pictures: Path, tmp_path: Path) -> None:
    from srgan.training.validation import Validation

    plain, mild = (load_run(run_file, (f"validation.high={pictures / 'valid'}", *more)) for more in ((), (MILD,)))
    sections = [run.validation for run in (plain, mild) if isinstance(run.validation, ValidationSection)]
    one, two = (Validation(section, 2)._pairs.low for section in sections)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("overrides", [(), (MILD,), ('data.degradation={kind="real_esrgan"}',)])
def test_preview_shows_what_the_first_step_gets(run_file: Path, overrides: tuple[str, ...]) -> None:
    run = load_run(run_file, overrides)
    crops = preview_crops(run, 4)
    assert len(crops) == 4
    assert {(low.shape, high.shape) for low, high in crops} == {((16, 16, 3), (32, 32, 3))}
    # With all pictures read and as many crops as in a batch, it is the first step itself.
    batches = Trainer(run).feeding.batches(run.stages[0], run.data.patch_at(1.0))
    assert isinstance(batches, Batches)
    low, high = batches.arrays(0)
    assert np.array_equal(np.stack([pair[1] for pair in crops]), high)
    assert np.array_equal(np.stack([pair[0] for pair in crops]), low)


def test_the_schema_knows_the_degradations() -> None:
    schema = run_schema()
    table = schema["$defs"]["DataSection"]["properties"]["degradation"]["anyOf"][0]
    kinds = {part["title"]: part for part in table["oneOf"]}
    assert set(kinds) == {"bicubic", "light", "mild", "real_esrgan", "package.module:Name"}
    reference = kinds["mild"]["properties"]["first"]
    name = (reference.get("$ref") or reference["allOf"][0]["$ref"]).rpartition("/")[2]
    assert "noise" in schema["$defs"][name]["properties"]
