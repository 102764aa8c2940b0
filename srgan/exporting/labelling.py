"""Metadata into a graph."""

import onnx

from srgan.runtime import ModelMetadata

__all__ = ["stamp"]


def stamp(model: onnx.ModelProto, metadata: ModelMetadata) -> None:
    """Make `metadata` all that the file says about itself, in place."""
    del model.metadata_props[:]
    for key, value in metadata.to_props().items():
        model.metadata_props.add(key=key, value=value)
    model.doc_string = f"{metadata.name}: {metadata.task}" + (f" x{metadata.scale}" if metadata.scale > 1 else "")
