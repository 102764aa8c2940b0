"""Training: the run schema, the loop, checkpoints and what a person sees of it."""

from srgan.training.checkpoint import Checkpoint, latest_checkpoint, read_checkpoint, read_model, save_checkpoint
from srgan.training.checkup import Checkup, check_run
from srgan.training.generation_models import load_codec, load_generation
from srgan.training.loading import load_run
from srgan.training.parts import make_generator
from srgan.training.preview import preview_crops
from srgan.training.run import Run
from srgan.training.schema import run_schema
from srgan.training.trainer import Trainer

__all__ = [
    "Checkpoint",
    "Checkup",
    "Run",
    "Trainer",
    "check_run",
    "latest_checkpoint",
    "load_codec",
    "load_generation",
    "load_run",
    "make_generator",
    "preview_crops",
    "read_checkpoint",
    "read_model",
    "run_schema",
    "save_checkpoint",
]
