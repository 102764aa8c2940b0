"""What goes wrong with a request, and the answer that says so."""

import json

from pydantic import BaseModel, Field

from srgan.errors import ModelError, OutputError, PictureError, UsageError

__all__ = ["Problem", "RequestError", "request_error_of"]


class Problem(BaseModel):
    """The body of every answer that is not the result."""

    code: str = Field(description="Machine-readable reason.", examples=["too_large"])
    message: str = Field(
        description="One sentence for people.", examples=["40000 x 30000 pixels are more than allowed"]
    )
    request_id: str = Field(description="As in the header X-Request-ID and in the server's log.", examples=["9f2c4e1b"])


class RequestError(Exception):
    """Ends a request with a status, a code and a sentence; neither paths nor traces get out.

    Args:
        status: of HTTP.
        code: machine-readable reason.
        message: one sentence for people.
        retry_after: seconds after which asking again makes sense.
        allow: methods that the address takes.
    """

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None, allow: str | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.allow = allow

    def body(self, request_id: str) -> bytes:
        """The JSON that tells of it."""
        return json.dumps({"code": self.code, "message": self.message, "request_id": request_id}).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers that belong to it."""
        headers = {"Content-Type": "application/json"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.allow is not None:
            headers["Allow"] = self.allow
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


_STATUS = {"not_an_image": 415, "format_not_allowed": 415, "empty": 400}
"""Of the pictures' codes; all others mean that the picture cannot be processed."""

_LOST = {"crashed", "memory"}


def request_error_of(error: BaseException) -> RequestError | None:
    """The answer to an error that was foreseen; None for a bug."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, PictureError):
        if error.code in _LOST:
            return RequestError(
                503, "worker_lost", "the process that decoded the picture was lost; try again", retry_after=1
            )
        return RequestError(_STATUS.get(error.code, 422), error.code, error.message)
    if isinstance(error, UsageError):
        return RequestError(422, "bad_parameter", str(error))
    if isinstance(error, MemoryError):
        return RequestError(503, "oom", "not enough memory for this picture at the moment", retry_after=5)
    if isinstance(error, OutputError):  # names a folder of the server, which is nobody's business
        return RequestError(503, "no_room", "no room for the intermediate pixels at the moment", retry_after=30)
    if isinstance(error, ModelError):
        return RequestError(422, "model_refused", "the model cannot run on this picture")
    return None
