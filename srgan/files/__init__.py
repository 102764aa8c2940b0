"""Files and folders: atomic writing, hashing, locks, finding inputs and naming outputs."""

from srgan.files.atomic import atomic_write, refuse_full_disk, sweep_temporaries
from srgan.files.hashing import sha256_file
from srgan.files.lock import folder_lock
from srgan.files.names import default_output, folds_case, plan_outputs
from srgan.files.walk import Found, Ignored, walk

__all__ = [
    "Found",
    "Ignored",
    "atomic_write",
    "default_output",
    "folder_lock",
    "folds_case",
    "plan_outputs",
    "refuse_full_disk",
    "sha256_file",
    "sweep_temporaries",
    "walk",
]
