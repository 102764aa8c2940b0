"""Pictures between files and arrays, faithfully: formats, limits, colour, alpha, depth, metadata."""

from srgan.images.animated import AnimationWriter
from srgan.images.codec import Codec
from srgan.images.decode import probe, read
from srgan.images.decoder import Decoder
from srgan.images.encode import encode, save
from srgan.images.folder import list_pictures
from srgan.images.formats import FORMATS, format_of, has_picture_suffix, sniff, suffix_for
from srgan.images.frames import ANIMATED, Frame, read_frames
from srgan.images.parameters import read_parameters
from srgan.images.picture import Format, Header, Limits, Picture, PictureInfo, Samples, check_output
from srgan.images.resize import crop_to_multiple, imresize
from srgan.images.rows import BANDED, Banded, band_height

__all__ = [
    "ANIMATED",
    "BANDED",
    "FORMATS",
    "AnimationWriter",
    "Banded",
    "Codec",
    "Decoder",
    "Format",
    "Frame",
    "Header",
    "Limits",
    "Picture",
    "PictureInfo",
    "Samples",
    "band_height",
    "check_output",
    "crop_to_multiple",
    "encode",
    "format_of",
    "has_picture_suffix",
    "imresize",
    "list_pictures",
    "probe",
    "read",
    "read_frames",
    "read_parameters",
    "save",
    "sniff",
    "suffix_for",
]
