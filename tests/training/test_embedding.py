"""Training joint embeddings of texts and pictures through run files."""

from pathlib import Path

import pytest
import torch

from srgan.errors import UsageError
from srgan.exporting import export_model
from srgan.tasks import EmbeddingModel
from srgan.training import check_run, load_run
from tests.training.toys import distance, everything, log, make_trainer, stop_after


@pytest.mark.parametrize("loss", ["info_nce", "am_softmax"])
def test_a_run_is_the_same_when_it_is_interrupted(words_file: Path, tmp_path: Path, loss: str) -> None:
    wanted = f"embedding.loss={loss}"
    whole = make_trainer(words_file, tmp_path / "whole", wanted)
    last = whole.train()
    assert {*(entry["losses"] for entry in log(whole) if "losses" in entry).__next__()} == {"contrast"}
    parted = make_trainer(words_file, tmp_path / "parted", wanted)
    stop_after(parted, 7)
    with pytest.raises(SystemExit):
        parted.train()
    again = make_trainer(words_file, tmp_path / "parted", wanted).train()
    assert distance(everything(last), everything(again)) == 0.0


def test_colours_and_their_names_are_brought_together(words_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(words_file, tmp_path / "out", "train.steps=80", "validation.every=80")
    trainer.train()
    losses = [entry["losses"]["contrast"] for entry in log(trainer) if "losses" in entry]
    assert losses[-1] < 0.5 * losses[0]
    measured = [entry["validation"]["r_precision"] for entry in log(trainer) if "validation" in entry]
    assert measured[-1] > 0.7
    network = trainer.ema.network
    assert isinstance(network, EmbeddingModel)
    assert network.picture_encoder.embedding == network.text_encoder.embedding == 12


def test_costs(words_file: Path, tmp_path: Path) -> None:
    found = check_run(load_run(words_file, (f"output={tmp_path / 'out'}",)))
    assert found.pictures == 8
    assert found.stages[0].gflops_per_step > 0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("picture_encoder.embedding=12", "picture_encoder.embedding follows from text_encoder.embedding"),
        ("text_encoder.vocabulary=300", "text_encoder.vocabulary follows from the tokenizer"),
        ("loss=[{kind='l1'}]", "'l1' compares pictures"),
        ("train.batch=1", "use 2 or more"),
        ("checkpoint.best=1", 'checkpoint.metric: use "r_precision"'),
        ("data.captions=nowhere.jsonl", "data.captions: the file nowhere.jsonl is not there"),
    ],
)
def test_nonsense_is_refused_with_the_reason(words_file: Path, tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_trainer(words_file, tmp_path / "out", override)


def test_it_is_no_model_from_picture_to_picture(words_file: Path, tmp_path: Path) -> None:
    trainer = make_trainer(words_file, tmp_path / "out", "train.steps=2")
    last = trainer.train()
    with pytest.raises(UsageError, match="was trained for joint_embedding, which makes no pictures"):
        export_model(last, tmp_path / "model.onnx")
    network = trainer.ema.network
    assert isinstance(network, EmbeddingModel)
    assert torch.isfinite(network.text_encoder(torch.zeros(1, 16, dtype=torch.int64))[0]).all()
