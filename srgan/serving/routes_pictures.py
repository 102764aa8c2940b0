"""The routes that answer with a picture."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.types import Receive, Scope, Send

from srgan.runtime import Command
from srgan.serving.body import read_json, read_picture
from srgan.serving.documents import ACCEPTED, json_body, picture_answer, picture_body, problems
from srgan.serving.failures import RequestError
from srgan.serving.options import MEDIA, GenerateOptions, TranslateOptions, UpscaleOptions
from srgan.serving.order import Answer, Order
from srgan.serving.service import Service

__all__ = ["picture_response", "router", "service_of"]

router = APIRouter(tags=["pictures"])
_PIECE = 1 << 18  # bytes
_ANSWERS: dict[int | str, dict[str, Any]] = problems(*ACCEPTED)


@router.post(
    "/v1/upscale",
    summary="Enlarge a picture.",
    response_class=Response,
    responses={**picture_answer("The enlarged picture."), **_ANSWERS},
    openapi_extra=picture_body(UpscaleOptions),
)
async def upscale(request: Request, options: Annotated[UpscaleOptions, Query()]) -> Response:
    """The picture is the body of the request, or the field `image` of a form; wishes stand in the query or the form.

    The format, colour profile, transparency, depth and metadata are kept; the GPS position is not.
    """
    service_of(request).check()
    wishes, data = await read_picture(request, options)
    return await _answer(request, "upscale", wishes, data)


@router.post(
    "/v1/translate",
    summary="Make another picture of a picture.",
    response_class=Response,
    responses={**picture_answer("The translated picture, of the same size."), **_ANSWERS},
    openapi_extra=picture_body(TranslateOptions),
)
async def translate(request: Request, options: Annotated[TranslateOptions, Query()]) -> Response:
    """The picture is the body of the request, or the field `image` of a form; wishes stand in the query or the form."""
    service_of(request).check()
    wishes, data = await read_picture(request, options)
    return await _answer(request, "translate", wishes, data)


@router.post(
    "/v1/generate",
    summary="Make a picture of a text, of a class, or of noise.",
    response_class=Response,
    responses={**picture_answer("The picture."), **_ANSWERS},
    openapi_extra=json_body(GenerateOptions, {"text": "a red apple", "seed": 1}),
)
async def generate(request: Request) -> Response:
    """The same wishes give the same picture; other samples of a text come of another `sample` or `seed`."""
    service_of(request).check()
    wishes = await read_json(request, GenerateOptions)
    return await _answer(request, "generate", wishes, b"")


def service_of(request: Request) -> Service:
    """What stands behind the app."""
    service: Service = request.app.state.service
    return service


def picture_response(order: Order, answer: Answer) -> Response:
    """The answer to a finished order."""
    headers = {
        "X-Srgan-Model": order.model.name,
        "X-Srgan-Scale": f"{answer.scale:.4g}",
        "X-Srgan-Device": answer.device,
        "X-Srgan-Precision": answer.precision,
        "X-Srgan-Milliseconds": str(answer.milliseconds),
        "X-Srgan-Waited": str(answer.waited),
        "X-Srgan-Width": str(answer.width),
        "X-Srgan-Height": str(answer.height),
    }
    clean = {name: value.encode("ascii", "replace").decode() for name, value in headers.items()}
    return _InPieces(answer.data, media_type=MEDIA[answer.format], headers=clean)


class _InPieces(Response):
    """An answer of some megabytes, handed on piece by piece as the client takes it.

    In one piece it would be copied several times, and the event loop would see to nobody else meanwhile.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        data = memoryview(self.body)
        for start in range(0, len(data), _PIECE):
            end = start + _PIECE
            await send({"type": "http.response.body", "body": data[start:end], "more_body": end < len(data)})


async def _answer(
    request: Request, command: Command, options: UpscaleOptions | TranslateOptions | GenerateOptions, data: bytes
) -> Response:
    """Accept the order, and wait for it, for its deadline, or for the client to go."""
    service = service_of(request)
    order = service.accept(command, options, data, request_id=request.state.request_id)
    request.state.model = order.model.name
    del data
    answer: asyncio.Future[Any] = asyncio.wrap_future(order.answer)
    gone: asyncio.Future[Any] = asyncio.ensure_future(_gone(request))
    try:
        # The order notices its deadline itself, before its next tile; a little later nobody waits any more.
        late = service.settings.compute_seconds + 1
        await asyncio.wait([answer, gone], timeout=late, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            order.cancel()
            if gone.done():
                raise RequestError(499, "cancelled", "the client has gone")
            raise RequestError(504, "deadline", "the picture took too long: make it smaller, or send it as a job")
        result = answer.result()
    except asyncio.CancelledError:  # the server's leave has taken too long
        order.cancel()
        raise RequestError(503, "draining", "the server is shutting down; try again", retry_after=5) from None
    finally:
        gone.cancel()
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
    request.state.waited = result.waited
    return picture_response(order, result)


async def _gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
