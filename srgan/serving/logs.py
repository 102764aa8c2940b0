"""Structured logs: one JSON object a line, with the request's id; never a file name or what a picture shows."""

import json
import logging
import time
from typing import TextIO

__all__ = ["JsonLines", "configure"]

_FIELDS = (
    "request_id",
    "method",
    "route",
    "status",
    "ms",
    "bytes_in",
    "bytes_out",
    "client",
    "code",
    "model",
    "waited",
)


class JsonLines(logging.Formatter):
    """Formats records as JSON; what is logged with ``extra`` keeps its name."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; control characters, and with them forged lines, are escaped by JSON itself."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.getMessage()),
        }
        for name in _FIELDS:
            value = getattr(record, name, None)
            if value is not None:
                line[name] = value
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure(stream: TextIO, level: int = logging.INFO) -> None:
    """Send the server's logs, and the warnings of what it is built on, to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name, least in (("srgan.serving", level), ("uvicorn", logging.WARNING), ("asyncio", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(max(least, level))
        logger.propagate = False
