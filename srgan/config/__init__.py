"""The run file: loading, inheritance, overrides and strict checks."""

from srgan.config.checking import Section, check, check_part, part_arguments
from srgan.config.loading import expand, load_run_file, merge

__all__ = ["Section", "check", "check_part", "expand", "load_run_file", "merge", "part_arguments"]
