"""The examples for nginx, systemd and containers: checked with the real programs where a machine has them."""

import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from srgan.cli.serve import serve
from srgan.serving import Settings
from tests.serving.running import opened, picture, running, until

_NAME = "pictures.example"


@pytest.fixture
def folder(repository: Path) -> Path:
    return repository / "export/serve"


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"no {name} on this machine")
    return found


def _understood(arguments: list[str]) -> dict[str, Any]:
    """What `srgan serve` makes of arguments, without running it."""
    return serve.make_context("serve", arguments).params


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        return int(place.getsockname()[1])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder with a certificate and its key, as the example names them."""
    openssl = _program("openssl")
    key, pem = tmp_path / f"{_NAME}.key", tmp_path / f"{_NAME}.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={_NAME}"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(pem)], check=True, capture_output=True)
    return tmp_path


def _nginx(folder: Path, tmp_path: Path, certificate: Path, *, port: int, behind: int) -> list[str]:
    """The command of nginx with the example as it is, but for ports and the folder of the certificate."""
    text = (folder / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/", f"{certificate}/").replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    (tmp_path / "site.conf").write_text(text, encoding="utf-8")
    places = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # whose workers would else be nobody, who may not write here
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {places} include {tmp_path}/site.conf; }}\n",
        encoding="utf-8",
    )
    return [_program("nginx"), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]


def test_nginx_takes_the_example(folder: Path, tmp_path: Path, certificate: Path) -> None:
    command = _nginx(folder, tmp_path, certificate, port=_free_port(), behind=8000)
    told = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "[warn]" not in told.stderr


@pytest.fixture
def proxied(folder: Path, tmp_path: Path, certificate: Path) -> Iterator[str]:
    """The address of nginx before a server."""
    with running(hosts=(_NAME,)) as server:
        port = _free_port()
        process = subprocess.Popen(
            _nginx(folder, tmp_path, certificate, port=port, behind=server.port), stderr=subprocess.PIPE
        )

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        try:
            assert until(listens), process.communicate()
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()


def test_everything_works_behind_nginx(proxied: str) -> None:
    with httpx.Client(base_url=proxied, verify=False, headers={"host": _NAME}, timeout=60) as http:
        assert "<title>srgan</title>" in http.get("/").text
        answer = http.post("/v1/upscale", content=picture(), headers={"origin": f"https://{_NAME}"})
        assert answer.status_code == 200, answer.text
        assert opened(answer.content).size == (32, 24)
        assert http.get("/metrics").status_code == 403
        assert http.get("/livez", headers={"host": "evil.example"}).status_code == 421
        assert http.post("/v1/upscale", content=bytes(25_000_001)).status_code == 413
        assert http.post("/v1/upscale", content=bytes(24_000_000)).status_code == 415, "no picture, but taken"
        job = http.post("/v1/jobs", content=picture()).json()
        with http.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
            lines = [line for line in events.iter_lines() if line.startswith("data: ")]
        assert '"status":"done"' in lines[-1]
        assert http.get(f"/v1/jobs/{job['id']}/result").status_code == 200


def test_systemd_takes_the_unit(folder: Path, tmp_path: Path) -> None:
    text = (folder / "srgan.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(\S+) (.+)$", text, re.MULTILINE)
    options = _understood(shlex.split(command[1])[1:])
    assert options["hosts"] == (_NAME,)
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(seconds) > Settings().drain_seconds + 5
    analyze = _program("systemd-analyze")
    unit = tmp_path / "srgan.service"
    unit.write_text(text.replace(command[0], _program("true")), encoding="utf-8")
    told = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    own = [line for line in told.stderr.splitlines() if "srgan.service" in line]
    assert (told.returncode, own) == (0, [])


def test_the_containers(folder: Path) -> None:
    yaml = pytest.importorskip("yaml")
    compose = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))
    server, proxy = compose["services"]["srgan"], compose["services"]["nginx"]
    assert (folder / server["build"]["context"] / server["build"]["dockerfile"]).resolve() == folder / "Dockerfile"
    for mount in proxy["volumes"]:
        source = mount.partition(":")[0]
        assert source == "./tls" or (folder / source).is_file(), mount
    assert set(server["secrets"]) <= set(compose["secrets"])
    assert float(server["stop_grace_period"].rstrip("s")) > Settings().drain_seconds + 5
    assert proxy["depends_on"] == ["srgan"]
    recipe = (folder / "Dockerfile").read_text(encoding="utf-8")
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", recipe, re.MULTILINE)
    program, command, *options = yaml.safe_load(entry)
    assert (program, command) == ("srgan", "serve")
    understood = _understood([*options, *server["command"]])
    assert understood["host"] == "0.0.0.0"
    assert str(understood["token_file"]) == "/run/secrets/token"
    for line in re.findall(r"^COPY (.+) \S+$", recipe, re.MULTILINE):
        for source in line.split():
            assert (folder.parents[1] / source).exists(), source
