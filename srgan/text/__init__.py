"""Texts for pictures, without torch: preparation, tokenizers, and what a model file says about both."""

from srgan.text.byte_tokenizer import ByteTokenizer
from srgan.text.description import TOKENIZERS, TextDescription
from srgan.text.file_tokenizer import FileTokenizer
from srgan.text.prepare import prepare
from srgan.text.sentence_encoder import SentenceEncoder
from srgan.text.tokenizer import Tokenizer

__all__ = [
    "TOKENIZERS",
    "ByteTokenizer",
    "FileTokenizer",
    "SentenceEncoder",
    "TextDescription",
    "Tokenizer",
    "prepare",
]
