"""The routes about the server itself: what it offers, whether it lives, what it counts; and its page."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from srgan import __version__
from srgan.serving.documents import problems
from srgan.serving.failures import RequestError
from srgan.serving.metrics import CONTENT_TYPE
from srgan.serving.offer import ModelCard
from srgan.serving.options import FORMATS, FormatName
from srgan.serving.page import PAGE
from srgan.serving.routes_pictures import service_of

__all__ = ["router"]

router = APIRouter(tags=["server"])


class Limits(BaseModel):
    """What a request may cost."""

    body_bytes: int
    input_pixels: int
    output_pixels: int
    queue: int
    jobs: int


class Models(BaseModel):
    """What the server offers."""

    version: str = Field(examples=["0.1.0"])
    models: list[ModelCard]
    formats: list[FormatName]
    limits: Limits


class Health(BaseModel):
    """Whether the server is well."""

    status: Literal["ok", "starting", "draining", "queue_full"]


@router.get("/v1/models", summary="The models, and what a request may cost.", responses=problems(401, 403, 421, 431))
async def models(request: Request) -> Models:
    """The first model of each command is the one that runs when none is named."""
    service = service_of(request)
    settings = service.settings
    limits = Limits(
        body_bytes=settings.body_bytes,
        input_pixels=settings.limits.input_pixels,
        output_pixels=settings.limits.output_pixels,
        queue=settings.queue,
        jobs=settings.jobs,
    )
    return Models(version=__version__, models=service.offer.cards, formats=list(FORMATS), limits=limits)


@router.get("/livez", summary="Whether the process is alive.", responses=problems(403, 421, 431))
async def livez() -> Health:
    """For who restarts dead processes."""
    return Health(status="ok")


@router.get(
    "/readyz",
    summary="Whether pictures are accepted.",
    responses={503: {"model": Health, "description": "Not at the moment."}, **problems(403, 421, 431)},
    response_model=Health,
)
async def readyz(request: Request) -> Response:
    """For who shares requests out: 503 while the server is draining or its queue is full."""
    problem = service_of(request).problem
    return JSONResponse({"status": problem or "ok"}, 503 if problem else 200)


@router.get(
    "/metrics",
    summary="Counters for Prometheus.",
    response_class=Response,
    responses={
        200: {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(401, 403, 421, 431),
    },
)
async def metrics(request: Request) -> Response:
    """Requests, latency, queue, pixels, devices, precision fallbacks, memory."""
    return Response(service_of(request).metrics.render(), media_type=CONTENT_TYPE)


@router.get("/", include_in_schema=False)
@router.get("/{name}", include_in_schema=False)
async def page(request: Request, name: str = "index.html") -> Response:
    """A file of the page; there are a few, known by name, and nothing else is ever read."""
    found = PAGE.get(name)
    if found is None:
        raise RequestError(404, "no_route", "there is nothing at this address")
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers={"ETag": found.etag, "Cache-Control": "no-cache"})
    return Response(found.data, media_type=found.media, headers={"ETag": found.etag, "Cache-Control": "no-cache"})
