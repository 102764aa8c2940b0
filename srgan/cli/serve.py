"""``srgan serve``: an HTTP service and a page."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from srgan.cli.completion import complete_models
from srgan.cli.device_option import device_option, precision_option
from srgan.cli.extras import needs_extra
from srgan.errors import UsageError
from srgan.images import Limits

__all__ = ["serve"]

_MEGA = click.FloatRange(min=0.001, max=100_000)

_EXAMPLES = """\b
Examples:
  srgan serve                                # the page: http://127.0.0.1:8000
  srgan serve -m photos.onnx --port 9000
  curl --data-binary @a.jpg 'http://127.0.0.1:8000/v1/upscale?format=webp' -o b.webp
"""


@click.command(short_help="Serve models over HTTP, with a page to try them.", epilog=_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need a token.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0: a free one.")
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    shell_complete=complete_models,
    metavar="MODEL",
    help="Name or path of an ONNX file; may be repeated, the first of a kind is its default [all packaged].",
)
@device_option()
@precision_option()
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With the token that requests must show; or set SRGAN_TOKEN.",
)
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="Name that clients call the server by.")
@click.option("--allow-origin", "origins", multiple=True, metavar="URL", help="Origin of pages that may ask.")
@click.option(
    "--queue", type=click.IntRange(1, 1000), default=8, show_default=True, help="Pictures accepted at a time."
)
@click.option("-j", "--workers", type=click.IntRange(1, 64), metavar="N", help="Pictures in hand at a time [by cores].")
@click.option("--max-body-mb", type=_MEGA, default=25.0, show_default=True, metavar="MB", help="Of a request.")
@click.option("--max-input-mp", type=_MEGA, default=50.0, show_default=True, metavar="MP", help="Of a picture.")
@click.option("--max-output-mp", type=_MEGA, default=400.0, show_default=True, metavar="MP", help="Of a result.")
@click.option("-v", "--verbose", is_flag=True, help="Log health checks and reads of the metrics too.")
def serve(**options: Any) -> int:  # noqa: ANN401
    """Serve models over HTTP, for one machine: an API (/openapi.json), jobs, health, metrics, and a page at /.

    It listens on this machine only, unless it has a token. Behind nginx: keep it on 127.0.0.1, pass the Host header on
    and name it with --allow-host, let TLS, access and rates be nginx's business. One process uses the whole machine;
    do not start several for one device. The address is printed on stdout, logs are JSON lines on stderr.

    SIGTERM: /readyz turns to 503 at once, what was accepted is answered, then it ends with exit code 0, within 30 s.
    """
    with needs_extra("serve"):
        import logging

        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401

        from srgan.serving.app import create_service
        from srgan.serving.logs import configure
        from srgan.serving.memory import keep_steady
        from srgan.serving.server import build_server, listen
    settings = _settings(options)
    keep_steady()
    service = create_service(settings)
    for card in service.offer.cards:
        click.echo(f"srgan: {card.command}: {card.name}, {card.device}", err=True)
    place = listen(settings)
    configure(sys.stderr, logging.DEBUG if options["verbose"] else logging.INFO)
    server = build_server(service, click.echo)
    server.run([place])
    if not service.ended:
        # A thread is in the middle of a tile that nobody waits for. It would come back to an interpreter that is being
        # taken down, and end the process with an error of its own.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


def _settings(options: dict[str, Any]) -> Any:  # noqa: ANN401
    from srgan.serving import Settings

    workers = {} if options["workers"] is None else {"workers": options["workers"]}
    body = round(options["max_body_mb"] * 1e6)
    return Settings(
        host=options["host"],
        port=options["port"],
        token=_token(options["token_file"]),
        hosts=options["hosts"],
        origins=tuple(origin.lower().rstrip("/") for origin in options["origins"]),
        models=options["models"],
        device=options["device"],
        precision=options["precision"],
        queue=options["queue"],
        body_bytes=body,
        limits=Limits(
            input_pixels=round(options["max_input_mp"] * 1e6),
            output_pixels=round(options["max_output_mp"] * 1e6),
            file_bytes=body,
        ),
        **workers,
    )


def _token(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get("SRGAN_TOKEN") or None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"the token file {file} cannot be read: {error}") from error
