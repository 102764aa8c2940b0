"""Connecting to a Ray cluster, or starting one on this machine that nobody else can reach."""

import contextlib
import importlib
import logging
import math
import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from srgan.errors import UsageError

__all__ = ["Cluster", "ray_cluster"]

_SOCKET_ROOM = 40  # Ray's sockets lie deep below its folder, and their paths may have 107 bytes


@dataclass(frozen=True)
class Cluster:
    """Which cluster, and how much of it.

    Attributes:
        address: ``"auto"``, ``"host:6379"`` or ``"ray://host:10001"``; ``"local"`` starts one on this machine; None is
            what the variable ``RAY_ADDRESS`` says (inside a submitted job that is its cluster), else local.
        workers: processes that hold the model.
        cpus: cores that a worker takes, which are also its threads.
        gpus: GPUs that a worker takes; 0.5 puts two workers on one.
    """

    address: str | None = None
    workers: int = 2
    cpus: float = 1
    gpus: float = 0

    @property
    def own(self) -> bool:
        """Whether it is started here, for this run."""
        return self.address == "local" or (self.address is None and not os.environ.get("RAY_ADDRESS"))


@contextlib.contextmanager
def ray_cluster(cluster: Cluster) -> Iterator[Any]:
    """Connect, give the module ``ray``, and leave again; a cluster that was started for this is ended.

    Nothing is reported to anybody (``RAY_USAGE_STATS_ENABLED=0``). A cluster of this machine has no dashboard, listens
    on the loopback interface only, asks for a token that lives as long as this process, and leaves no file behind.
    What the environment says about usage reports and tokens counts more.

    Raises:
        UsageError: Ray is not installed, the cluster is not reached, or it cannot hold a worker.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if cluster.own:
        # Ray's own switch for "this machine only", named after the systems where that is its default.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        if os.environ["RAY_AUTH_MODE"] == "token" and not os.environ.get("RAY_AUTH_TOKEN_PATH"):
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        ray: Any = importlib.import_module("ray")
    except ModuleNotFoundError as error:
        raise UsageError("running on a cluster needs ray: pip install 'srgan[ray]'") from error
    with contextlib.ExitStack() as stack:
        wishes: dict[str, Any] = {"address": cluster.address}
        if cluster.own:
            folder = tempfile.mkdtemp(prefix="ray-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            cores = max(1, math.ceil(cluster.workers * cluster.cpus))
            wishes = {"address": "local", "num_cpus": cores, "include_dashboard": False}
            wishes |= {"_temp_dir": folder} if len(folder) <= _SOCKET_ROOM else {}
        stack.callback(ray.shutdown)
        with _own_signals():
            try:
                ray.init(log_to_driver=False, logging_level=logging.ERROR, **wishes)
            except (OSError, RuntimeError, ValueError) as error:  # a ConnectionError is an OSError
                where = cluster.address or os.environ.get("RAY_ADDRESS") or "this machine"
                raise UsageError(f"no Ray cluster is reached at {where}: {error}") from error
        if cluster.own and cluster.gpus > ray.cluster_resources().get("GPU", 0):
            raise UsageError(f"a worker is to have {cluster.gpus:g} GPUs, and this machine has none for it")
        yield ray


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Ray puts handlers of its own in the place of those of a job, which know how to stop it."""
    here = threading.current_thread() is threading.main_thread()
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} if here else {}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
