"""Reading a request: the picture and the wishes, from a form or from a raw body and the query."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from srgan.serving.failures import RequestError

__all__ = ["read_json", "read_picture", "refusal"]

_Options = TypeVar("_Options", bound=BaseModel)

_FIELDS = 16
_FIELD_BYTES = 16_384
_RANGE = ("greater_than", "less_than", "too_long", "too_short", "value_error", "literal_error")


class _InMemory(MultiPartParser):
    """Nothing that is sent touches the disk; the size of the whole body is limited before."""

    spool_max_size = 1 << 40


async def read_picture(request: Request, options: _Options) -> tuple[_Options, bytes]:
    """The wishes and the file.

    Args:
        request: with its body unread.
        options: the wishes in the query; those of a form come on top.

    Raises:
        RequestError: 400 or 422; and those of the body's arrival.
    """
    try:
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            return options, await request.body()
        return await _read_form(request, options)
    except ClientDisconnect:
        raise RequestError(499, "cancelled", "the client has gone") from None


async def read_json(request: Request, kind: type[_Options]) -> _Options:
    """The wishes in a JSON body.

    Raises:
        RequestError: 400 or 422; and those of the body's arrival.
    """
    try:
        value = json.loads(await request.body() or b"{}")
    except ClientDisconnect:
        raise RequestError(499, "cancelled", "the client has gone") from None
    except (ValueError, RecursionError):
        raise RequestError(400, "bad_json", "the body of the request is not JSON") from None
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise refusal(error.errors()) from None


async def _read_form(request: Request, options: _Options) -> tuple[_Options, bytes]:
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=_FIELDS, max_part_size=_FIELD_BYTES)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise RequestError(400, "bad_form", f"the form cannot be read: {error.message}") from None
    try:
        wishes: dict[str, object] = dict(options.model_dump(exclude_unset=True))
        picture = b""
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if name != "image":
                    raise RequestError(400, "bad_form", "the field with the picture must be called image")
                picture = await value.read()
            elif value != "":  # fields that a person left empty in a form
                wishes[name] = value
        try:
            return type(options).model_validate(wishes), picture
        except ValidationError as error:
            raise refusal(error.errors()) from None
    finally:
        await form.close()


def refusal(errors: Sequence[Any]) -> RequestError:
    """The answer to parameters that cannot be: 422 when they are out of range, 400 when they make no sense.

    Args:
        errors: as pydantic lists them.
    """
    first = errors[0]
    place = [str(part) for part in first["loc"] if part not in ("query", "path", "body")]
    words = str(first["msg"]).removeprefix("Value error, ")
    ranged = all(any(word in str(error["type"]) for word in _RANGE) for error in errors)
    return RequestError(
        422 if ranged else 400, "bad_parameter", f"{'.'.join(place)[:100]}: {words}" if place else words
    )
