"""Training translations through run files: with pairs, with several answers, without pairs."""

from pathlib import Path

import pytest
import torch

from srgan.errors import UsageError
from srgan.exporting import export_model
from srgan.networks import BothDomains
from srgan.tasks import TranslationModel
from srgan.training import check_run, load_run
from tests.training.toys import distance, everything, log, make_trainer, stop_after, weights

VALIDATION = "validation={source='${SRGAN_DATA}/source', target='${SRGAN_DATA}/target', every=10, images=2}"
BICYCLE = ("generator.latent=3", "encoder={kind='resnet', width=8}")
POOL = "adversarial.pool=6"
CYCLE = "[cycle]\nidentity = 0.5\n"
CUT = "[contrast]\nlayers = [0, 1, 2]\npatches = 9\nwidth = 8\nflip = true\n"


def unpaired(paired_file: Path, file: Path, table: str, *, losses: bool) -> Path:
    """The same without pairs."""
    text = paired_file.read_text().replace("paired_translation", "unpaired_translation", 1)
    text = text.replace('condition = "source"\n', "")
    if not losses:
        text = text.replace('[[loss]]\nkind = "l1"\nweight = 10\n', "")
    file.write_text(text + "\n" + table)
    return file


@pytest.fixture
def run_of(paired_file: Path, tmp_path: Path) -> dict[str, Path]:
    cycle = unpaired(paired_file, tmp_path / "cycle.toml", CYCLE, losses=True)
    return {
        "paired": paired_file,
        "cycle": cycle,
        "cut": unpaired(paired_file, tmp_path / "cut.toml", CUT, losses=False),
    }


@pytest.mark.parametrize(
    ("kind", "overrides", "terms"),
    [
        ("paired", (), {"l1", "adversarial", "discriminator"}),
        ("paired", (POOL, "adversarial.feature_matching=1.0"),
         {"l1", "adversarial", "feature_matching", "discriminator"}),
        ("paired", BICYCLE, {"l1", "kl", "latent", "adversarial", "discriminator"}),
        ("cycle", (POOL,), {"cycle_l1", "identity_l1", "adversarial", "discriminator"}),
        ("cut", (), {"nce", "nce_identity", "adversarial", "discriminator"}),
    ],
)  # fmt: skip
def test_a_run_is_the_same_when_it_is_interrupted(
    run_of: dict[str, Path], tmp_path: Path, kind: str, overrides: tuple[str, ...], terms: set[str]
) -> None:
    whole = make_trainer(run_of[kind], tmp_path / "whole", *overrides)
    before = weights(whole.generator)
    last = whole.train()
    steps = [entry["losses"] for entry in log(whole) if "losses" in entry]
    assert len(steps) == 20
    assert {*steps[0]} == terms
    changed = whole.generator.state_dict()
    assert all(
        not torch.equal(before[name], tensor) for name, tensor in changed.items() if tensor.dtype.is_floating_point
    )
    parted = make_trainer(run_of[kind], tmp_path / "parted", *overrides)
    stop_after(parted, 13)
    with pytest.raises(SystemExit):
        parted.train()
    again = make_trainer(run_of[kind], tmp_path / "parted", *overrides).train()
    assert distance(everything(last), everything(again)) == 0.0


def test_it_learns_what_belongs_together(paired_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(paired_file, tmp_path, "train.steps=80", "adversarial.weight=0.1", VALIDATION)
    trainer.train()
    measured = [entry["validation"] for entry in log(trainer) if "validation" in entry]
    assert {*measured[0]} == {"psnr", "ssim_y"}
    assert measured[-1]["psnr"] > measured[0]["psnr"] + 1


def test_both_directions_are_judged(run_of: dict[str, Path], tmp_path: Path) -> None:
    trainer = make_trainer(run_of["cycle"], tmp_path)
    stage = trainer.stage
    assert stage.adversary is not None
    assert isinstance(stage.adversary.network, BothDomains)
    batch = trainer.feeding.batches(stage.section, 16).batch(0)
    round_ = stage.task.play(batch)
    assert torch.equal(round_.real, torch.cat([batch.source, batch.target], 1))
    model = trainer.generator
    assert isinstance(model, TranslationModel)
    assert model.inverse is not None
    with torch.no_grad():
        assert torch.allclose(round_.fake[:, :3], model.inverse(batch.target))
        assert torch.allclose(round_.fake[:, 3:], model(batch.source))


@pytest.mark.parametrize(("kind", "overrides"), [("paired", ()), ("paired", BICYCLE), ("cut", ()), ("cycle", ())])
def test_the_generator_is_exported(
    run_of: dict[str, Path], tmp_path: Path, kind: str, overrides: tuple[str, ...]
) -> None:
    trainer = make_trainer(run_of[kind], tmp_path, *overrides, "train.steps=2")
    trainer.train()
    found = export_model(trainer.run.folder, tmp_path / "model.onnx").metadata
    assert (found.task, found.scale, found.receptive_field) == (trainer.run.task, 1, None)
    assert (found.background, found.size, found.multiple_of) == ("#ffffff", 16, 8)
    assert found.latent == (3 if overrides else 0)


def test_costs(run_of: dict[str, Path], tmp_path: Path) -> None:
    for file in run_of.values():
        found = check_run(load_run(file, (f"output={tmp_path}",)))
        assert found.pictures == 6
        assert found.stages[0].gflops_per_step > 0


@pytest.mark.parametrize(
    ("kind", "overrides", "message"),
    [
        ("paired", ("adversarial.condition=low",), 'which is for other tasks; use "source"'),
        ("paired", ("data.size=20",), "data.size is 20, but the generator 'unet' takes sides"),
        ("paired", ("data.size=24",), "smaller than"),
        ("paired", ("generator.latent=3",), "several answers need both"),
        ("paired", ("encoder={kind='resnet'}",), "several answers need both"),
        ("paired", ("multimodal.kl=0.1",), "multimodal is of no use without latent vectors"),
        ("paired", (*BICYCLE, "train.batch=1"), "use 2 or more"),
        ("paired", ("data.pictures=x",), "give either source and target"),
        ("paired", ("checkpoint.best=1", "checkpoint.metric=psnr_y", VALIDATION), "checkpoint.metric: translation"),
        ("paired", (POOL, "adversarial.objective=qp"), "looks at the distance of partners"),
        ("paired", ("generator={kind='srresnet', scale=4}",), "translation keeps the size"),
        (
            "cycle",
            ("cycle.identity=0", "adversarial.feature_matching=1"),
            "adversarial.feature_matching compares pairs",
        ),
        ("cycle", ("adversarial.packing=2",), "judges pictures of both kinds at once"),
        ("cycle", ("contrast.weight=1",), "give either a table"),
        ("cut", ("contrast.layers=[9]",), "has the layers 0 to 3, not 9"),
        ("cut", ("generator={kind='srresnet', scale=1}",), "shows no features"),
        ("cut", ("loss=[{kind='l1'}]",), "there is none"),
    ],
)
def test_nonsense_is_refused_with_the_reason(
    run_of: dict[str, Path], tmp_path: Path, kind: str, overrides: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        make_trainer(run_of[kind], tmp_path, *overrides).train()
