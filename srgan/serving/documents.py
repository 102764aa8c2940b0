"""What the OpenAPI document says about bodies and answers that the framework cannot know."""

from typing import Any

from pydantic import BaseModel

from srgan.serving.failures import Problem
from srgan.serving.options import MEDIA

__all__ = ["ACCEPTED", "json_body", "picture_answer", "picture_body", "problems"]

_WORDS = {
    400: "The request, its parameters or its multipart body are malformed, or there is no picture in it.",
    401: "The token is missing or wrong.",
    403: "A page of a foreign origin asks.",
    404: "No such model, or no such job.",
    408: "The body came too slowly.",
    409: "The job is not finished.",
    413: "The body is too large; counted while it arrives.",
    415: "The format of the picture is not accepted.",
    421: "The server does not go by that name.",
    422: "The picture is damaged or too large, or a parameter is out of range.",
    431: "The headers are too large.",
    429: "Too many pictures are waiting; Retry-After says when to try again.",
    500: "A bug.",
    503: "The server is shutting down or short of something; Retry-After says when to try again.",
    504: "The picture took too long.",
}
ACCEPTED = (400, 401, 403, 404, 408, 413, 415, 421, 422, 429, 431, 500, 503, 504)
"""What may become of a request with a picture."""

_HEADERS = {
    "X-Request-ID": "As in the server's log.",
    "X-Srgan-Model": "Name of the model.",
    "X-Srgan-Scale": "Width of the result / width of the picture.",
    "X-Srgan-Device": "What computed.",
    "X-Srgan-Precision": "Of the arithmetic that was used in the end.",
    "X-Srgan-Milliseconds": "From the picture's turn to its end.",
    "X-Srgan-Waited": "Milliseconds before its turn.",
    "X-Srgan-Width": "Of the result, pixels.",
    "X-Srgan-Height": "Of the result, pixels.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers with these statuses."""
    answers: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        answers[status] = {"model": Problem, "description": _WORDS[status]}
        if status in (429, 503):
            answers[status]["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
        if status == 401:
            answers[status]["headers"] = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
    return answers


def picture_answer(words: str) -> dict[int | str, dict[str, Any]]:
    """The answer that is a picture."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()}
    return {200: {"description": words, "content": dict.fromkeys(MEDIA.values(), schema), "headers": headers}}


def picture_body(options: type[BaseModel]) -> dict[str, Any]:
    """A request body that is a picture, or a form with a picture and options."""
    fields = _schema(options)["properties"]
    picture = {"type": "string", "format": "binary", "description": "The picture, as a file."}
    form = {"type": "object", "properties": {"image": picture, **fields}, "required": ["image"]}
    raw = {"schema": {"type": "string", "format": "binary"}}
    content = {"multipart/form-data": {"schema": form}, "application/octet-stream": raw, "image/*": raw}
    return {"requestBody": {"required": True, "content": content}}


def json_body(options: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """A request body that is JSON."""
    content = {"application/json": {"schema": _schema(options), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _schema(options: type[BaseModel]) -> dict[str, Any]:
    return options.model_json_schema(ref_template="#/components/schemas/{model}")
