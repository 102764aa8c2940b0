"""Checks of training data before anything is trained; needs no PyTorch."""

from srgan.data.checking.blockiness import blockiness
from srgan.data.checking.finding import Finding, Report
from srgan.data.checking.likeness import Fingerprint, alike, fingerprint
from srgan.data.checking.looking import Look, look
from srgan.data.checking.reduction import KERNELS, Origin, origin
from srgan.data.checking.shift import shift
from srgan.data.checking.survey import check_data

__all__ = [
    "KERNELS",
    "Finding",
    "Fingerprint",
    "Look",
    "Origin",
    "Report",
    "alike",
    "blockiness",
    "check_data",
    "fingerprint",
    "look",
    "origin",
    "shift",
]
