"""The connection to a Ray cluster: one that runs already, or one on this machine for the time of the run."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from service.rescore.errors import RescoreError

_CONNECT_S = 5.0
# Of the object store of a cluster on this machine. What is under way is a fraction of it.
_STORE_BYTES = 512 * 1024 * 1024
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray would send statistics to its makers
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Be the driver of the cluster at `address` (HOST:PORT, or `auto` on one of its machines); None: of one that is started here and
    ends with the block. A connection that the process has already is used and kept. Raises `RescoreError`.
    """
    if find_spec("ray") is None:
        raise RescoreError("ray: not installed; pip install 'civility[ray]'")
    if address is not None:
        _check(address)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import ray
    import ray.data  # sets up its own logging, which would show each run's start and end

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        yield
        return
    options = {} if address else {"include_dashboard": False, "object_store_memory": _STORE_BYTES}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **options)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        # An unreachable cluster, or one with another version of Ray or Python.
        raise RescoreError(f"--address {address}: {_first_line(error)}") from None
    try:
        yield
    finally:
        ray.shutdown()


def _check(address: str) -> None:
    """Raises `RescoreError` at once where Ray would try for half a minute."""
    if address == "auto":
        return
    if "://" in address:
        raise RescoreError(
            f"--address {address}: expected HOST:PORT or auto; run the command on a machine of the cluster"
            " (`ray job submit` does), since the driver reads the input and writes the output"
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise RescoreError(f"--address {address}: expected HOST:PORT or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise RescoreError(f"--address {address}: cannot be reached: {error}") from None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
