"""Running a model: the model file and its metadata, sessions, tiles; enlarging, translating and generating."""

from srgan.runtime.banding import Band
from srgan.runtime.canvas import LARGE
from srgan.runtime.counterpart import Counterpart
from srgan.runtime.enlarging import enlarge
from srgan.runtime.finish import Finish, plays_a_game
from srgan.runtime.generator_file import GeneratorFile, read_generator_file
from srgan.runtime.loading import AnyFile, bicubic, load_model, read_any_file, read_file
from srgan.runtime.metadata import COMMANDS, Command, ModelMetadata
from srgan.runtime.model import Model
from srgan.runtime.model_file import ModelFile, read_model_file
from srgan.runtime.noise import draw_noise
from srgan.runtime.opening import open_engine, open_session
from srgan.runtime.places import Device, places_of
from srgan.runtime.session import Backend, Engine, Precision, Session, SessionMemoryError, on_gpu
from srgan.runtime.target import Target, passes
from srgan.runtime.tiles import Span, TilePlan, plan_tiles
from srgan.runtime.upscaler import Geometry, Upscaler

__all__ = [
    "COMMANDS",
    "LARGE",
    "AnyFile",
    "Backend",
    "Band",
    "Command",
    "Counterpart",
    "Device",
    "Engine",
    "Finish",
    "GeneratorFile",
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
    "enlarge",
    "load_model",
    "on_gpu",
    "open_engine",
    "open_session",
    "passes",
    "places_of",
    "plan_tiles",
    "plays_a_game",
    "read_any_file",
    "read_file",
    "read_generator_file",
    "read_model_file",
]
