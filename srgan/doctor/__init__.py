"""What is wrong with an installation or a machine, and the command that repairs it."""

from srgan.doctor.examination import CHECKS, REINSTALL, examine
from srgan.doctor.finding import Finding, State

__all__ = ["CHECKS", "REINSTALL", "Finding", "State", "examine"]
