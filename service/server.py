"""The HTTP server process: listens, and says where it is.

On SIGHUP it reads its policies anew; on SIGTERM it finishes what it accepted and exits with 0.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.settings import Settings, SettingsError

# Seconds that a thread may keep the interpreter while another waits for it. Python's own 5 ms is what the thread between two
# batches then waits, several times a batch, whenever a large page is being split.
SWITCH_S = 0.0005

TRY = "You are a pathetic clown. Wake up, all of this was staged by the deep state!"


class _Server(uvicorn.Server):
    """Says where it listens, once it does. on_hangup: called in the event loop."""

    def __init__(self, config: uvicorn.Config, on_hangup: Callable[[], object]) -> None:
        super().__init__(config)
        self.on_hangup = on_hangup

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            if hasattr(signal, "SIGHUP"):
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.on_hangup)
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print(banner(host, port), flush=True)


def run_server(settings: Settings, make_app: Callable[[], FastAPI]) -> None:
    """Build the application and serve it until a signal comes; a signal before that ends the process at once.

    The address is taken first, so that a port which is in use is noticed before a model is loaded. Raises
    `SettingsError`, and what `make_app` raises.
    """
    signal.signal(signal.SIGTERM, _end)
    sys.setswitchinterval(SWITCH_S)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it listens: the policies are about to be read anyway
    with _bound(settings.host, settings.port) as listener:
        app = make_app()
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(settings.drain_s) or 1,
        )
        _Server(config, app.state.reload_policies).run([listener])


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has its address and does not listen yet."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise SettingsError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    return bound


def banner(host: str, port: int) -> str:
    """What an operator reads first."""
    address = f"[{host}]" if ":" in host else host
    url = f"http://{address}:{port}"
    return (
        f"Civility is ready.\n"
        f"  Documentation: {url}/docs\n"
        f"  Try it:        curl -s {url}/moderate -H 'content-type: text/plain' --data-binary '{TRY}'"
    )


def _end(_signal: int, _frame: FrameType | None) -> None:
    """uvicorn raises a signal again once it has drained; this makes that a success."""
    sys.exit(0)
