"""Training generators of random numbers through run files: alone, with classes, with encoders, without opponents."""

import json
from pathlib import Path

import pytest
import torch

from srgan.errors import UsageError
from srgan.tasks import GenerationModel
from srgan.training import check_run, load_run, read_checkpoint
from srgan.training.generation_models import load_codec, load_generation
from tests.training.toys import distance, everything, log, make_trainer, stop_after

ENCODER = "encoder={kind='dcgan', size=16, width=4, kernel=4}"
BIGAN = (ENCODER, "discriminator.conditioning=concatenate")
OGAN = ("discriminator.head=code", "adversarial.correlation=0.5")
ACGAN = ("data.classes=2", "discriminator.head=auxiliary", "adversarial.classification=1.0")
SEMI = ("data.classes=2", "discriminator.head=n_plus_one", "adversarial.classification=2.0")
MEASURED = "validation={pictures='${SRGAN_DATA}/train', every=5, samples=16, images=16}"
PROJECTION = ("data.classes=2", "adversarial.condition=class", "discriminator.conditioning=projection")


@pytest.fixture
def generation_file(tiny_pictures: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SRGAN_DATA", str(tiny_pictures))
    return repository / "runs" / "tiny_generation.toml"


@pytest.fixture
def glo_file(generation_file: Path, tmp_path: Path) -> Path:
    """The same without an opponent."""
    kept = generation_file.read_text().split("[discriminator]")[0].replace("flip = true", 'background = "fixed"')
    file = tmp_path / "glo.toml"
    file.write_text(kept.replace("log_every", 'latents = "optimised"\nlog_every') + '[[loss]]\nkind = "laplacian"\n')
    return file


@pytest.mark.parametrize(
    ("overrides", "terms"),
    [
        ((), {"adversarial", "discriminator", "r1"}),
        (OGAN, {"adversarial", "correlation", "discriminator", "discriminator_correlation", "r1"}),
        (BIGAN, {"adversarial", "discriminator", "r1"}),
        (ACGAN, {"adversarial", "classification", "discriminator", "discriminator_classification", "r1"}),
        ((*SEMI, "adversarial.feature_means=1.0"),
         {"adversarial", "feature_means", "discriminator", "discriminator_classification", "r1"}),
        (PROJECTION, {"adversarial", "discriminator", "r1"}),
        ((*BIGAN, "data.classes=2", "adversarial.condition=class"), {"adversarial", "discriminator", "r1"}),
        (("data.classes=2", "adversarial.condition=class", "adversarial.packing=2"),
         {"adversarial", "discriminator", "r1"}),
    ],
)  # fmt: skip
def test_a_run_is_the_same_when_it_is_interrupted(
    generation_file: Path, tmp_path: Path, overrides: tuple[str, ...], terms: set[str]
) -> None:
    whole = make_trainer(generation_file, tmp_path / "whole", *overrides)
    last = whole.train()
    steps = [entry["losses"] for entry in log(whole) if "losses" in entry]
    assert len(steps) == 20
    assert {*steps[0]} == terms
    broken = make_trainer(generation_file, tmp_path / "broken", *overrides)
    stop_after(broken, 7)
    with pytest.raises(SystemExit):
        broken.train()
    resumed = make_trainer(generation_file, tmp_path / "broken", *overrides).train()
    assert distance(everything(last), everything(resumed)) == 0


def test_what_is_measured_and_shown(generation_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(generation_file, tmp_path, MEASURED, "data.classes=2", "adversarial.condition=class")
    trainer.train()
    measured = [entry["validation"] for entry in log(trainer) if "validation" in entry]
    assert [*measured[0]] == ["kernel_distance"]
    assert "kernel distance" in json.loads((trainer.run.folder / "run.json").read_text())["protocol"]


def test_the_best_are_those_of_the_smallest_distance(generation_file: Path, tmp_path: Path) -> None:
    wanted = ("checkpoint.best=1", "checkpoint.metric=kernel_distance", MEASURED)
    trainer = make_trainer(generation_file, tmp_path, *wanted)
    trainer.train()
    measured = [entry["validation"]["kernel_distance"] for entry in log(trainer) if "validation" in entry]
    (kept,) = (trainer.run.folder / "best").glob("*.safetensors")
    assert read_value(kept) == pytest.approx(min(measured))


def read_value(path: Path) -> float:
    from srgan.training import read_model

    return float(read_model(path)[1]["value"])


def test_the_models_come_back(generation_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(generation_file, tmp_path, *BIGAN)
    trainer.train()
    model = load_generation(trainer.run.folder)
    latent = model.draw(3)
    with torch.no_grad():
        assert torch.equal(model(latent), trainer.ema.network(latent))
    pictures = torch.rand(4, 3, 16, 16)
    codec = load_codec(trainer.run.folder)
    assert codec.reconstruct(pictures).shape == pictures.shape
    assert model.encoder is not None
    assert torch.equal(codec.encode(pictures), model.encoder(pictures))


def test_the_encoder_of_an_o_gan_is_in_the_checkpoint(generation_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(generation_file, tmp_path, *OGAN)
    last = trainer.train()
    codec = load_codec(last)
    codes = codec.encode(torch.rand(5, 3, 16, 16))
    assert codes.shape == (5, 8)
    assert codes.mean(1).abs().max() < 1e-5
    with pytest.raises(UsageError, match="give the folder of a run or of a checkpoint"):
        load_codec(last / "model.safetensors")


def test_a_model_without_an_encoder_says_so(generation_file: Path, tmp_path: Path) -> None:
    last = make_trainer(generation_file, tmp_path).train()
    with pytest.raises(UsageError, match=r"has no encoder: train with \[encoder\]"):
        load_codec(last)


def test_latents_are_learnt_and_stay_in_the_ball(glo_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(glo_file, tmp_path, "train.steps=60", "train.lr=5e-3")
    model = trainer.generator
    assert isinstance(model, GenerationModel)
    assert model.codes is not None
    before = model.codes.weight.detach().clone()
    trainer.train()
    losses = [entry["losses"]["laplacian"] for entry in log(trainer) if "losses" in entry]
    assert losses[-1] < 0.8 * losses[0]
    assert (model.codes.weight - before).abs().max() > 0.01
    assert model.codes.weight.norm(dim=1).max() <= 1 + 1e-6
    drawn = load_generation(trainer.run.folder).draw(4000, random=torch.Generator().manual_seed(0))
    codes = trainer.ema.network.get_parameter("codes.weight")
    assert torch.allclose(drawn.mean(0), codes.mean(0), atol=0.05)
    assert torch.allclose(torch.cov(drawn.T), torch.cov(codes.T), atol=0.05)


def test_the_fakes_have_the_classes_that_are_asked_for(generation_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(generation_file, tmp_path, *ACGAN)
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    round_ = trainer.stage.task.play(batch)
    assert round_.fake_labels is not None
    assert torch.equal(round_.fake_labels, batch.labels)
    semi = make_trainer(generation_file, tmp_path / "semi", *SEMI)
    round_ = semi.stage.task.play(semi.feeding.batches(semi.stage.section, 16).batch(0))
    assert round_.fake_labels is None
    assert {*batch.labels.tolist()} == {0, 1}


def test_both_players_of_bigan_learn(generation_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(generation_file, tmp_path, *BIGAN)
    model = trainer.generator
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    round_ = trainer.stage.task.play(batch)
    assert round_.encoded
    assert torch.equal(round_.fake_condition, round_.latent)  # type: ignore[arg-type]
    trainer.stage.step(lambda: batch, 1, trainer.stage.rates(1.0))
    for part in (model.generator, model.encoder):
        assert all(parameter.grad is not None and parameter.grad.any() for parameter in part.parameters())


@pytest.mark.parametrize("encoder", [OGAN, BIGAN, (*BIGAN, "data.classes=2", "adversarial.condition=class")])
def test_pictures_come_back_from_their_codes(generation_file: Path, tmp_path: Path, encoder: tuple[str, ...]) -> None:
    cycle = ("loss=[{kind='l1', weight=20}]", "train.steps=60", "train.lr=2e-3", "train.ema=0")
    trainer = make_trainer(generation_file, tmp_path, *encoder, *cycle)
    task, stage = trainer.stage.task, trainer.stage
    batch = trainer.feeding.batches(stage.section, 16).batch(0)
    assert task.reconstructs
    assert stage.adversary is not None
    round_ = stage.adversary.encoded(task.play(batch))
    terms = task.generator_losses(round_, batch)
    terms["l1"].backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in trainer.generator.parameters())
    for parameter in stage.adversary.network.parameters():
        assert (parameter.grad is not None) == (encoder == OGAN)
    trainer.generator.zero_grad()
    stage.adversary.network.zero_grad()
    last = trainer.train()
    losses = [entry["losses"]["l1"] for entry in log(trainer) if "losses" in entry]
    assert losses[-1] < 0.8 * losses[0]
    codec, condition = load_codec(last), torch.eye(2)[batch.labels] if "data.classes=2" in encoder else None
    again = (codec.reconstruct(batch.pictures, condition) - batch.pictures).abs().mean()
    assert 20 * again == pytest.approx(losses[-1], rel=0.35)


def test_costs(generation_file: Path, tmp_path: Path) -> None:
    run = load_run(generation_file, (f"output={tmp_path}",))
    found = check_run(run)
    assert found.pictures == 6
    assert found.receptive_field is None
    assert found.stages[0].gflops_per_step > 0
    assert found.stages[0].discriminator > 1000


def test_the_state_of_adaptive_augmentation_is_kept(generation_file: Path, tmp_path: Path) -> None:
    ada = ("adversarial.augment=['colour']", "adversarial.adaptive=0.1")
    last = make_trainer(generation_file, tmp_path, *ada).train()
    kept = read_checkpoint(last).state["players"]["adversary"]["augmentation"]["probability"]
    assert 0 < kept <= 20 * 8 / 500_000 + 1e-9


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("generator.classes=2",), "generator.classes follows from data.classes"),
        (("encoder={kind='dcgan', latent=8}",), "encoder.latent follows from generator.latent"),
        (("discriminator.code=8",), "discriminator.code follows from generator.latent"),
        (("loss=[{kind='l1'}]",), "or take an encoder"),
        ((*OGAN, "loss=[{kind='l1'}]", "train.precision=fp16"), "each scales its gradient in its own way"),
        (("latents=optimised",), 'use data.background = "fixed"'),
        (("adversarial.condition=low",), 'adversarial.condition is "low", which is for other tasks'),
        (("adversarial.condition=class",), "but data.classes is 0"),
        (("adversarial.feature_matching=1",), "adversarial.feature_matching compares pairs"),
        (("adversarial.classification=1",), "classes need both"),
        (("discriminator.head=code",), "O-GAN needs both"),
        (("data.size=32",), "generator.size is 16, but data.size is 32"),
        ((MEASURED, "checkpoint.best=1"), 'checkpoint.metric: use "kernel_distance"'),
        (("data.classes=3",), "data.classes is 3, but the sub-folders"),
        (("data.classes=2", "discriminator.head=auxiliary", "adversarial.classification=1", "adversarial.packing=2"),
         'adversarial.packing judges several samples by one score, but discriminator.head = "auxiliary"'),
        (("data.classes=2", "adversarial.condition=class", "discriminator.conditioning=projection",
          "adversarial.packing=2"), 'so that discriminator.conditioning = "projection" is of no use'),
        (("adversarial.packing=3",), "adversarial.packing is 3, which does not divide the 8 samples"),
        (("adversarial.penalty=[{kind='magp'}]",), "the discriminator sees no condition"),
        (("discriminator.norm=batch",), 'discriminator.norm is "batch", which lets the pictures of a batch change'),
        (("discriminator.minibatch=discrimination",), 'discriminator.minibatch is "discrimination"'),
        (("adversarial.objective={kind='wgan'}", "discriminator.norm=none", "adversarial.penalty=[]"),
         "adversarial.objective wgan needs a critic of bounded slope"),
        (("adversarial.objective={kind='wgan', clip=0.01}",), "adversarial.objective.clip bounds weights"),
        (("adversarial.objective={kind='qp', relativistic='paired'}",), "adversarial.objective: qp takes no"),
        (("adversarial.objective=qp", "adversarial.adaptive=0.6", "adversarial.augment=['colour']"),
         "adversarial.adaptive looks at the sign"),
        (("adversarial.adaptive=0.6",), "augment names no change"),
        (("adversarial.noise_until=0.5",), "there is none: set noise"),
        (("adversarial.unrolled=2", "train.compile=true"), "adversarial.unrolled differentiates twice"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_the_reason(
    generation_file: Path, tmp_path: Path, overrides: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        make_trainer(generation_file, tmp_path, *overrides)
    assert message in str(caught.value)


def test_super_resolution_refuses_what_it_has_not(gan_file: Path) -> None:
    for override, message in (
        ("adversarial.condition=class", 'which is for other tasks; use "low"'),
        ("adversarial.correlation=1", 'adversarial.correlation is for task = "generation"'),
        ("discriminator={kind='dcgan', size=32, head='code'}", 'discriminator.head is "code"'),
        ("discriminator={kind='dcgan', size=32, conditioning='projection'}", "conditioning"),
    ):
        with pytest.raises(UsageError, match=r"stage\.adversarial\.") as caught:
            load_run(gan_file, (f"stage.adversarial.{override}",))
        assert message in str(caught.value)


def test_an_unknown_task(generation_file: Path) -> None:
    with pytest.raises(UsageError, match="task: there is no 'generate'; known are generation, joint"):
        load_run(generation_file, ("task=generate",))
