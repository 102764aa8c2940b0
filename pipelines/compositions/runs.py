"""The trainings: a text encoder, a judge, and the generators that are compared."""

from pathlib import Path

from srgan.files import atomic_write
from srgan.training import Trainer, load_run

__all__ = ["GENERATORS", "JUDGE", "WORDS", "train"]

_ENCODERS = """
name = "{name}"
task = "joint_embedding"
seed = {seed}
log_every = 200

[text_encoder]
kind = "recurrent"
width = 32
embedding = {embedding}
hidden = 48

[picture_encoder]
kind = "conv"
width = 16
stages = 3

[embedding]
loss = "{loss}"

[data]
captions = "{folder}/{captions}/captions.jsonl"
size = 32
length = 24

[train]
steps = {steps}
batch = 64
lr = 3e-3
final_lr = 1e-5
# In so short a training, running statistics do not suit averaged weights.
ema = 0.0

[checkpoint]
every = 1000
keep = 1
"""
WORDS = _ENCODERS.replace("{captions}", "training").replace("{loss}", "info_nce").replace("{embedding}", "32")
JUDGE = _ENCODERS.replace("{captions}", "judging").replace("{loss}", "am_softmax").replace("{embedding}", "48")
_GENERATOR = """
name = "{name}"
task = "text_to_image"
seed = {seed}
log_every = 200

[text]
encoder = "{folder}/runs/words"
embedding = 32

[generator]
kind = "dcgan"
latent = 16
size = 32
width = 32
kernel = 4
text = 32

[data]
captions = "{folder}/training/captions.jsonl"
size = 32

[train]
steps = {steps}
batch = 32
lr = 1e-3
final_lr = 5e-5
betas = [0.5, 0.99]
ema = 0.995

[discriminator]
kind = "dcgan"
size = 32
width = 32
kernel = 4
norm = "none"
conditioning = "concatenate"
text = 32

[adversarial]
objective = "nonsaturating"
condition = "text"
weight = 1.0
lr = 1e-3
betas = [0.5, 0.99]
penalty = [{{ kind = "r1", gamma = 0.2, every = 16 }}]
"""
_END = """
[checkpoint]
every = 1000
keep = 1
"""
GENERATORS = {
    "gan": _GENERATOR + _END,
    "gan_cls": _GENERATOR + "wrong = true\n" + _END,
    "gan_int_cls": _GENERATOR + "wrong = true\ninterpolation = 1.0\n" + _END,
}


def train(text: str, name: str, output: Path, *, steps: int, seed: int) -> Path:
    """Train by a run file, which stays in the output folder.

    Args:
        text: of the file, with places for the other arguments.
        name: of the run.
        output: with the sets; the run goes to ``runs/NAME``.
        steps: of the training.
        seed: of it.

    Returns:
        The last checkpoint.
    """
    file = output / f"{name}.toml"
    with atomic_write(file) as opened:
        opened.write(text.format(name=name, folder=output.as_posix(), steps=steps, seed=seed).encode())
    return Trainer(load_run(file, (f"output={output / 'runs'}",))).train()
