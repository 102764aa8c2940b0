"""Asynchronous jobs."""

import json
import time

import httpx

from tests.serving.running import opened, picture, running


def _wait(http: httpx.Client, id: str) -> dict[str, object]:
    for _ in range(600):
        state: dict[str, object] = http.get(f"/v1/jobs/{id}").json()
        if state["status"] in ("done", "failed", "cancelled"):
            return state
        time.sleep(0.02)
    raise AssertionError("the job does not end")


def test_a_job_from_end_to_end(http: httpx.Client) -> None:
    answer = http.post("/v1/jobs", params={"model": "x4-fidelity", "scale": 2}, content=picture(30, 20))
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    states = []
    with http.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        for line in events.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line[6:]))
    assert states[-1]["status"] == "done"
    progress = [state["progress"] for state in states]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    result = http.get(f"/v1/jobs/{job['id']}/result")
    assert opened(result.content).size == (60, 40)
    assert result.headers["x-srgan-model"] == "x4-fidelity"
    assert http.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert http.get(f"/v1/jobs/{job['id']}").json()["code"] == "no_job"


def test_translation_as_a_job(http: httpx.Client) -> None:
    query = {"command": "translate", "size": "32"}
    job = http.post("/v1/jobs", params=query, files={"image": ("a.png", picture(40, 20))}).json()
    assert _wait(http, job["id"])["command"] == "translate"
    assert opened(http.get(f"/v1/jobs/{job['id']}/result").content).size == (32, 16)


def test_a_wish_of_the_other_command_is_refused(http: httpx.Client) -> None:
    assert http.post("/v1/jobs", params={"size": 32}, content=picture()).status_code == 400


def test_a_job_that_fails_says_why(http: httpx.Client) -> None:
    job = http.post("/v1/jobs", content=picture()[:70]).json()
    state = _wait(http, job["id"])
    assert (state["status"], state["code"]) == ("failed", "truncated")
    answer = http.get(f"/v1/jobs/{job['id']}/result")
    assert (answer.status_code, answer.json()["code"]) == (422, "truncated")


def test_jobs_are_bounded_and_forgotten() -> None:
    with running(jobs=2, keep_seconds=0.3) as server, httpx.Client(base_url=server.url) as http:
        jobs = [http.post("/v1/jobs", content=picture()).json()["id"] for _ in range(2)]
        full = http.post("/v1/jobs", content=picture())
        assert full.status_code == 429
        assert int(full.headers["retry-after"]) >= 1
        for id in jobs:
            _wait(http, id)
        time.sleep(0.4)
        assert http.get(f"/v1/jobs/{jobs[0]}").status_code == 404
        assert http.post("/v1/jobs", content=picture()).status_code == 202
