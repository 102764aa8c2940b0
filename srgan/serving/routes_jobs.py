"""The routes of asynchronous jobs: hand in, watch, fetch, delete."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field, ValidationError

from srgan.runtime import Command
from srgan.serving.body import read_picture, refusal
from srgan.serving.documents import ACCEPTED, picture_answer, picture_body, problems
from srgan.serving.failures import RequestError
from srgan.serving.jobs import Job, JobState
from srgan.serving.options import TranslateOptions, UpscaleOptions
from srgan.serving.routes_pictures import picture_response, service_of

__all__ = ["router"]

router = APIRouter(tags=["jobs"])
_LOOKED = problems(400, 401, 403, 404, 421, 422, 431)
_ENDED = ("done", "failed", "cancelled")
_PAUSE, _SIGN_OF_LIFE = 0.1, 10.0


class _JobOptions(UpscaleOptions):
    """Wishes for a job: those of its command."""

    command: Literal["upscale", "translate"] = Field("upscale", description="What to do.")
    size: int | None = Field(None, ge=1, le=65_535, description="Translation: longer side before.")
    seed: int | None = Field(None, ge=0, le=2**63 - 1, description="Translation: of the noise.")
    sample: int | None = Field(None, ge=0, le=9_999, description="Translation: which of the results.")

    def split(self) -> tuple[Command, UpscaleOptions | TranslateOptions]:
        """The command and its wishes.

        Raises:
            RequestError: 400: a wish of the other command.
        """
        wishes = self.model_dump(exclude_unset=True, exclude={"command"})
        kind = UpscaleOptions if self.command == "upscale" else TranslateOptions
        try:
            return self.command, kind.model_validate(wishes)
        except ValidationError as error:
            raise refusal(error.errors()) from None


@router.post(
    "/v1/jobs",
    summary="Hand in a picture, and come back for the result.",
    status_code=202,
    response_model=JobState,
    responses={
        202: {"headers": {"Location": {"description": "Of the job.", "schema": {"type": "string"}}}},
        **problems(*ACCEPTED),
    },
    openapi_extra=picture_body(_JobOptions),
)
async def hand_in(request: Request, options: Annotated[_JobOptions, Query()]) -> Response:
    """For large pictures, and for who wants to see the progress. The body is that of /v1/upscale or /v1/translate."""
    service = service_of(request)
    service.check(job=True)
    service.jobs.check()
    wishes, data = await read_picture(request, options)
    command, split = wishes.split()
    service.jobs.check()
    order = service.accept(command, split, data, request_id=request.state.request_id, job=True)
    request.state.model = order.model.name
    job = service.jobs.add(order)
    return JSONResponse(job.state.model_dump(), 202, {"Location": f"/v1/jobs/{job.id}"})


@router.get("/v1/jobs/{id}", summary="How far a job is.", responses=_LOOKED)
async def look(request: Request, id: str) -> JobState:
    """Stage, progress, and why it failed if it did."""
    return service_of(request).jobs.find(id).state


@router.get(
    "/v1/jobs/{id}/events",
    summary="The same as server-sent events, until the job has ended.",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events named `state`, each with the JSON of /v1/jobs/ID, whenever something changed.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **_LOOKED,
    },
)
async def watch(request: Request, id: str) -> Response:
    """The last event has the status done, failed or cancelled."""
    job = service_of(request).jobs.find(id)
    return StreamingResponse(_events(job), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get(
    "/v1/jobs/{id}/result",
    summary="The result of a finished job.",
    response_class=Response,
    responses={
        **picture_answer("The picture."),
        **problems(400, 401, 403, 404, 409, 415, 421, 422, 431, 500, 503, 504),
    },
)
async def fetch(request: Request, id: str) -> Response:
    """May be asked several times; if the job failed, this is where the failure comes out."""
    job = service_of(request).jobs.find(id)
    if not job.order.answer.done():
        raise RequestError(409, "not_finished", "the job is not finished")
    answer = job.order.answer.result()
    job.fetched = True
    request.state.model = job.order.model.name
    return picture_response(job.order, answer)


@router.delete("/v1/jobs/{id}", summary="Give up a job, and forget its result.", status_code=204, responses=_LOOKED)
async def delete(request: Request, id: str) -> Response:
    """The picture and its result are gone from the server's memory afterwards."""
    service_of(request).jobs.delete(id)
    return Response(status_code=204)


async def _events(job: Job) -> AsyncIterator[bytes]:
    told, last = "", time.monotonic()
    while True:
        state = job.state
        text = state.model_dump_json(exclude={"milliseconds"})
        if text != told:
            told, last = text, time.monotonic()
            yield f"event: state\ndata: {state.model_dump_json()}\n\n".encode()
            if state.status in _ENDED and job.order.answer.done():
                return
        elif time.monotonic() - last > _SIGN_OF_LIFE:
            last = time.monotonic()
            yield b": still there\n\n"
        await asyncio.sleep(_PAUSE)
