"""The app: routes, what becomes of errors, and the guard around them."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from srgan import __version__
from srgan.serving import routes_jobs, routes_pictures, routes_state
from srgan.serving.body import refusal
from srgan.serving.failures import RequestError
from srgan.serving.guard import Guard
from srgan.serving.inference import InferenceLoop
from srgan.serving.offer import load_offer
from srgan.serving.service import Service
from srgan.serving.settings import Settings

__all__ = ["create_app", "create_service"]

_ABOUT = """Pictures in, pictures out: enlarged, translated, or made of texts.

Every answer has the header `X-Request-ID`. An answer that is not the result is JSON: `code`, `message`, `request_id`.
Nothing that is sent is kept longer than it takes to answer; of a job, until it is deleted, or for some minutes.
"""


def create_service(settings: Settings) -> Service:
    """Load the models that the settings name, and combine the parts of a server; nothing runs yet.

    Raises:
        ModelError: no such model, or it is refused.
        UsageError: the device or the precision cannot be had here.
    """
    loop = InferenceLoop()
    return Service(settings, load_offer(settings, loop), loop)


def create_app(service: Service) -> Guard:
    """The ASGI app; it starts and stops the service with its lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            service.stop()

    app = FastAPI(
        title="srgan",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.service = service
    for router in (routes_pictures.router, routes_jobs.router, routes_state.router):
        app.include_router(router)
    app.add_exception_handler(RequestValidationError, _refuse_parameters)
    app.add_exception_handler(HTTPException, _refuse_address)
    app.add_exception_handler(RequestError, _refuse)
    return Guard(app, service)


async def _refuse_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _refuse(request, refusal(error.errors()))


async def _refuse_address(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = (error.headers or {}).get("Allow")
        return await _refuse(
            request, RequestError(405, "no_method", "this address does not take that method", allow=allow)
        )
    return await _refuse(request, RequestError(404, "no_route", "there is nothing at this address"))


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    request.state.code = error.code
    return Response(error.body(request.state.request_id), error.status, error.headers)
