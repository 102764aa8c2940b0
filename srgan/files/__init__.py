"""Files and folders: atomic writing, hashing, locks, finding inputs and naming outputs, showing their names."""

from srgan.files.atomic import atomic_write, make_folder, refuse_full_disk, sweep_temporaries
from srgan.files.caches import cache_folder
from srgan.files.hashing import sha256_file
from srgan.files.lock import folder_lock
from srgan.files.manifest import read_manifest
from srgan.files.mapped import release
from srgan.files.names import default_output, folds_case, plan_outputs, stem_of
from srgan.files.onnx_tensors import external_tensor, stored_tensors
from srgan.files.terminal import escape, escape_lines
from srgan.files.walk import Found, Ignored, walk
from srgan.files.writeback import begin_writing

__all__ = [
    "Found",
    "Ignored",
    "atomic_write",
    "begin_writing",
    "cache_folder",
    "default_output",
    "escape",
    "escape_lines",
    "external_tensor",
    "folder_lock",
    "folds_case",
    "make_folder",
    "plan_outputs",
    "read_manifest",
    "refuse_full_disk",
    "release",
    "sha256_file",
    "stem_of",
    "stored_tensors",
    "sweep_temporaries",
    "walk",
]
