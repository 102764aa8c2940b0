"""Training text-to-image through run files."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from srgan.adversarial import NonSaturating
from srgan.errors import ModelError, UsageError
from srgan.exporting import export_model
from srgan.losses import info_nce
from srgan.networks import DfGan
from srgan.runtime import load_model
from srgan.runtime.noise import draw_noise
from srgan.tasks import Round, TextToImageModel
from srgan.text import FileTokenizer, SentenceEncoder
from srgan.training import check_run, load_run
from srgan.training.embedding_models import load_embedding
from srgan.training.sample_validation import generated
from tests.text.test_sentence_encoder import encoder_file
from tests.text.tokenizer_files import word_file
from tests.training.toys import advance, adversary, distance, everything, log, make_trainer, stop_after, weights

RUN = """
name = "drawings"
task = "text_to_image"

[text]
encoder = "${SRGAN_WORDS}"
embedding = 12

[generator]
kind = "df_gan"
latent = 6
size = 16
width = 8
text = 12

[data]
captions = "${SRGAN_DATA}/captions.jsonl"
size = 16

[train]
steps = 12
batch = 8
lr = 1e-3
betas = [0.0, 0.99]
schedule = "constant"
ema = 0.5

[discriminator]
kind = "df_gan"
size = 16
width = 8

[adversarial]
objective = "hinge"
condition = "text"
wrong = true
weight = 1.0
lr = 1e-3
betas = [0.0, 0.99]

[[adversarial.penalty]]
kind = "magp"
every = 4

[validation]
captions = "${SRGAN_DATA}/captions.jsonl"
every = 12
distractors = 6
same_group = 0
rows = 3
"""


@pytest.fixture
def drawing_file(words_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run file of a generator of discs, whose texts a joint embedding reads that hardly learnt to."""
    for name, seed in (("words", 0), ("judge", 1)):
        made = make_trainer(words_file, tmp_path / name, "train.steps=2", "validation.every=100", f"seed={seed}")
        monkeypatch.setenv(f"SRGAN_{name.upper()}", str(made.train()))
    file = tmp_path / "drawings.toml"
    file.write_text(RUN)
    return file


FULL = (
    "text.divergence=1",
    "text.matching=0.5",
    "generator.augmentation=true",
    "adversarial.interpolation=1",
    "loss=[{kind='l1', weight=2}]",
    "data.background=white",
    "validation.judge=${SRGAN_JUDGE}",
)


def test_a_run_is_the_same_when_it_is_interrupted(drawing_file: Path, tmp_path: Path) -> None:
    whole = make_trainer(drawing_file, tmp_path / "whole", *FULL)
    last = whole.train()
    terms = next(entry["losses"] for entry in log(whole) if "losses" in entry)
    assert {*terms} == {"l1", "divergence", "matching", "adversarial", "interpolation", "discriminator", "magp"}
    measured = [entry["validation"] for entry in log(whole) if "validation" in entry]
    assert {*measured[-1]} == {"kernel_distance", "r_precision"}
    parted = make_trainer(drawing_file, tmp_path / "parted", *FULL)
    stop_after(parted, 7)
    with pytest.raises(SystemExit):
        parted.train()
    again = make_trainer(drawing_file, tmp_path / "parted", *FULL).train()
    assert distance(everything(last), everything(again)) == 0.0


def test_first_the_pictures_themselves_then_the_game(drawing_file: Path, tmp_path: Path) -> None:
    """As SRGAN is trained: a stage without an opponent, which needs something to compare with."""
    top, rest = drawing_file.read_text().split("[discriminator]")
    game, validation = rest.split("[validation]")
    stage = "[discriminator]" + game
    for table in ("discriminator", "adversarial"):
        stage = stage.replace(f"[{table}", f"[stage.{table}").replace(f"[[{table}", f"[[stage.{table}")
    first = "[[stage]]\nname = 'pictures'\nloss = [{ kind = 'mse', weight = 10 }]\n"
    top = top.replace("[data]", "[data]\nbackground = 'white'")
    drawing_file.write_text(f"{top}\n{first}\n[[stage]]\nname = 'game'\n{stage}\n[validation]{validation}")
    trainer = make_trainer(drawing_file, tmp_path / "out")
    trainer.train()
    seen = [{*entry["losses"]} for entry in log(trainer) if "losses" in entry]
    assert seen[0] == {"mse"}
    assert seen[-1] >= {"adversarial", "discriminator"}
    drawing_file.write_text(drawing_file.read_text().replace("loss = [{ kind = 'mse', weight = 10 }]", ""))
    with pytest.raises(UsageError, match="loss is missing: without a game"):
        make_trainer(drawing_file, tmp_path / "other")


def test_what_reads_does_not_learn(drawing_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(drawing_file, tmp_path / "out", *FULL)
    network = trainer.ema.network
    assert isinstance(network, TextToImageModel)
    assert network.text_encoder is not None
    before, made = weights(network.text_encoder), weights(network.generator)
    advance(trainer, 3)
    assert distance(before, weights(network.text_encoder)) == 0.0
    assert distance(made, weights(network.generator)) > 0.0


def test_wrong_pairs_count_as_half_of_the_fakes(drawing_file: Path, tmp_path: Path) -> None:
    """With the cheap way of judging other texts, and without."""
    trainer = make_trainer(
        drawing_file, tmp_path / "out", "adversarial.objective=nonsaturating", "adversarial.penalty=[]"
    )
    opponent = adversary(trainer)
    section = trainer.stage.section
    batch = trainer.feeding.batches(section, 16).batch(0)
    with torch.no_grad():
        round_ = trainer.stage.task.play(batch)
        scores = [
            opponent.network(picture, text).scores[0]
            for picture, text in (
                (batch.pictures, batch.tokens),
                (round_.fake, batch.tokens),
                (batch.pictures, batch.wrong),
            )
        ]
        expected = NonSaturating().discriminator_loss(scores[0], scores[1], wrong=scores[2])
        for rejudge in (opponent._rejudge, None):
            assert rejudge is None or callable(rejudge)
            sides = opponent.presentation(round_, 0.0)
            terms, _, _ = opponent.game.discriminator_terms(
                opponent.network, opponent.network, *sides, round_,
                step=0, autocast=trainer.stage.autocast, rejudge=rejudge,
            )  # fmt: skip
            assert float(terms["discriminator"]) == pytest.approx(float(expected), rel=1e-5)


def test_between_two_texts_only_the_generator_is_asked(drawing_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(drawing_file, tmp_path / "out", "adversarial.interpolation=2")
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    round_ = trainer.stage.task.play(batch)
    assert isinstance(round_, Round)
    assert round_.between is not None
    assert round_.between_condition is not None
    assert round_.between.shape == (4, 3, 16, 16)
    middle = 0.5 * (batch.tokens[0] + batch.tokens[-1])
    assert torch.allclose(round_.between_condition[0], middle)
    assert round_.fake.shape == batch.pictures.shape


def test_matching_is_the_contrast_of_the_joint_embedding(drawing_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(drawing_file, tmp_path / "out", "text.matching=3", "text.temperature=0.5")
    batch = trainer.feeding.batches(trainer.stage.section, 16).batch(0)
    round_ = trainer.stage.task.play(batch)
    term = trainer.stage.task.generator_losses(round_, batch)["matching"]
    encoder = load_embedding(Path(os.environ["SRGAN_WORDS"]), key="text.encoder").model.picture_encoder
    seen = encoder(round_.fake)
    expected = 3 * info_nce(seen, batch.tokens, temperature=0.5, same=batch.labels)
    assert float(term.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    network = trainer.stage.player.network
    assert isinstance(network, TextToImageModel)
    term.backward()  # type: ignore[no-untyped-call]
    assert isinstance(network.generator, DfGan)
    assert network.generator.project.weight.grad is not None
    assert network.text_encoder is not None
    assert all(parameter.grad is None for parameter in network.text_encoder.parameters())


def test_export_gives_the_same_pictures(drawing_file: Path, tmp_path: Path) -> None:
    """From a text and a seed, through torch and through the model file; and the sentences are seen."""
    trainer = make_trainer(drawing_file, tmp_path / "out", *FULL)
    last = trainer.train()
    file = tmp_path / "drawings.onnx"
    report = export_model(last, file)
    assert report.metadata.text is not None
    model = load_model(file, device="cpu")
    made = model.generate("big red disc", count=3, seed=5)
    network, reader = trainer.ema.network, load_embedding(Path(os.environ["SRGAN_WORDS"]), key="text.encoder")
    latents = torch.from_numpy(np.concatenate([draw_noise(5, sample, 6) for sample in range(3)]))
    sentences = torch.from_numpy(reader.sentences(["big red disc"])).expand(3, -1)
    assert isinstance(network, TextToImageModel)
    expected = generated(network, latents, sentences)
    assert np.abs(np.stack(made).astype(int) - expected.astype(int)).max() <= 1
    assert np.stack(made).std() > 1
    with pytest.raises(UsageError, match="which makes no pictures"):
        export_model(Path(os.environ["SRGAN_WORDS"]), file)


def test_costs(drawing_file: Path, tmp_path: Path) -> None:
    found = check_run(load_run(drawing_file, (f"output={tmp_path / 'out'}",)))
    assert found.pictures == 8
    assert found.stages[0].gflops_per_step > 0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("text.embedding=13", "text.embedding is 13, but the vectors of .* have 12"),
        ("text.encoder=nowhere", "text.encoder: nowhere is not there"),
        ("text.divergence=1", "give both generator.augmentation = true and a factor"),
        ("generator.classes=4", "generator.classes follows from"),
        ("generator.size=32", "generator.size is 32, but data.size is 16"),
        ("discriminator.size=32", "discriminator.size is 32, but data.size is 16"),
        ("adversarial.condition=class", 'adversarial.condition is "class", which is for other tasks'),
        ("adversarial.packing=2", "adversarial.wrong does not go with adversarial.packing"),
        ("adversarial.objective={kind='hinge', relativistic='average'}", "wrong pairs have no partner"),
        ("loss=[{kind='l1'}]", "'l1' asks for the picture that a text belongs to"),
        ("validation.judge=${SRGAN_WORDS}", "a judge must have been trained apart"),
        ("validation.limit=3", "3 pictures are too few"),
        ("checkpoint.best=1", 'checkpoint.metric: use "kernel_distance"'),
    ],
)
def test_nonsense_is_refused_with_the_reason(drawing_file: Path, tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_trainer(drawing_file, tmp_path / "out", override).assembly.measurement()


def test_a_text_encoder_is_a_joint_embedding(drawing_file: Path, tmp_path: Path) -> None:
    last = make_trainer(drawing_file, tmp_path / "out", "train.steps=2").train()
    with pytest.raises(UsageError, match="was trained for text_to_image, and is no joint embedding"):
        load_embedding(last, key="text.encoder")


def test_games_about_texts_need_texts(run_file: Path, tmp_path: Path) -> None:
    other = run_file.with_name("tiny_generation.toml")
    for key in ("wrong=true", "interpolation=1"):
        with pytest.raises(UsageError, match='is for task = "text_to_image"'):
            make_trainer(other, tmp_path / "out", f"adversarial.{key}")


def test_the_sentence_encoder_of_somebody_else(drawing_file: Path, tmp_path: Path) -> None:
    """It reads in training, and stands in front of the generator in the model file."""
    encoder = encoder_file(tmp_path / "encoder.onnx")
    tokenizer = word_file(tmp_path / "tokenizer.json")
    wanted = (f"text.encoder={encoder}", f"text.tokenizer={tokenizer}", "text.length=8", "text.embedding=5")
    trainer = make_trainer(drawing_file, tmp_path / "out", *wanted, "validation.judge=${SRGAN_JUDGE}")
    last = trainer.train()
    file = tmp_path / "drawings.onnx"
    report = export_model(last, file)
    assert report.metadata.text is not None
    with pytest.raises(UsageError, match="tokenizer file"):
        load_model(file, device="cpu")
    made = load_model(file, device="cpu", tokenizer=tokenizer).generate("a red apple", count=2, seed=3)
    network = trainer.ema.network
    assert isinstance(network, TextToImageModel)
    latents = torch.from_numpy(np.concatenate([draw_noise(3, sample, 6) for sample in range(2)]))
    reader = SentenceEncoder(encoder, FileTokenizer(tokenizer, 8))
    expected = generated(network, latents, torch.from_numpy(reader.sentences(["a red apple"])).expand(2, -1))
    assert np.abs(np.stack(made).astype(int) - expected.astype(int)).max() <= 1
    encoder_file(encoder, pooled=True)
    with pytest.raises(ModelError, match="is not the text encoder that the model was trained with"):
        export_model(last, file)
    with pytest.raises(UsageError, match="needs its tokenizer"):
        make_trainer(drawing_file, tmp_path / "out", f"text.encoder={encoder}")
