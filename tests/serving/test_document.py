"""The OpenAPI document, and what the server does against it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from srgan.images import Limits
from tests.serving.running import Running, maker_file, running


def test_every_route_is_described_with_its_refusals(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    routes = {(path, method): about for path, item in document["paths"].items() for method, about in item.items()}
    assert {path for path, _ in routes} >= {
        "/v1/upscale", "/v1/translate", "/v1/generate", "/v1/models", "/v1/jobs", "/v1/jobs/{id}",
        "/v1/jobs/{id}/events", "/v1/jobs/{id}/result", "/livez", "/readyz", "/metrics",
    }  # fmt: skip
    for (path, method), about in routes.items():
        assert about["summary"].endswith("."), path
        assert "421" in about["responses"], (path, method)
    for path in ("/v1/upscale", "/v1/translate"):
        about = routes[path, "post"]
        assert {"413", "415", "422", "429", "503", "504"} <= set(about["responses"])
        assert "image/png" in about["responses"]["200"]["content"]
        assert "Retry-After" in about["responses"]["429"]["headers"]
        assert {"multipart/form-data", "application/octet-stream"} <= set(about["requestBody"]["content"])
        schema = about["responses"]["422"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in str(document)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Running]:
    """A server on which no request takes long."""
    limits = Limits(input_pixels=1_000_000, output_pixels=1_000_000, file_bytes=1_000_000)
    with running(models=("bicubic", str(maker_file(tmp_path))), limits=limits, jobs=1000) as server:
        yield server


def test_no_request_breaks_the_promises_of_the_document(small: Running) -> None:
    """A few hundred requests that the document allows, and that it does not."""
    schemathesis = pytest.importorskip("schemathesis")
    checks = schemathesis.checks
    from hypothesis import HealthCheck, Phase, given, settings

    schema = schemathesis.openapi.from_url(f"{small.url}/openapi.json")
    wanted = [checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance]
    few = settings(
        max_examples=5, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith("/events"):
            continue

        @few
        @given(case=operation.as_strategy())
        def ask(case: object) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(checks=wanted)  # type: ignore[attr-defined]

        ask()
    assert tried > 30
