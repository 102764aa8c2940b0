"""The run file: loading, inheritance, overrides and strict checks."""

from srgan.config.checking import Section, check, check_part, part_arguments
from srgan.config.loading import expand, load_run_file, merge
from srgan.config.registry import PRIVATE, allow_part, find_part

__all__ = [
    "PRIVATE",
    "Section",
    "allow_part",
    "check",
    "check_part",
    "expand",
    "find_part",
    "load_run_file",
    "merge",
    "part_arguments",
]
