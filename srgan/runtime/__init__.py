"""Running a model: the model file and its metadata, sessions, tiles, the upscaler; enlarging and translating."""

from srgan.runtime.loading import bicubic, load_model
from srgan.runtime.metadata import COMMANDS, Command, ModelMetadata
from srgan.runtime.model import Model
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.noise import draw_noise
from srgan.runtime.opening import open_session
from srgan.runtime.session import Device, Precision, Session, SessionMemoryError
from srgan.runtime.target import Target, passes
from srgan.runtime.tiles import Span, TilePlan, plan_tiles
from srgan.runtime.upscaler import Geometry, Upscaler

__all__ = [
    "COMMANDS",
    "Command",
    "Device",
    "Geometry",
    "Model",
    "ModelFile",
    "ModelMetadata",
    "Precision",
    "Session",
    "SessionMemoryError",
    "Span",
    "Target",
    "TilePlan",
    "Upscaler",
    "bicubic",
    "draw_noise",
    "load_model",
    "open_session",
    "passes",
    "plan_tiles",
    "read_model_file",
]
