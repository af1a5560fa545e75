"""Speak HTTP as uvicorn does, and let the application cut connections and see raw targets."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, cast

from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

_EXTENSION = "hookline.wire"


class WireProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose scope carries the transport and the request target as it was sent."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take a connection without an access log: the bin itself shows what arrived."""
        super().__init__(config, server_state, app_state, _loop)
        self.access_log = False

    def on_headers_complete(self) -> None:
        """Put the wire into the scope just before the application starts."""
        wire: dict[object, object] = {"transport": self.transport, "target": self.url}
        self.scope["extensions"] = {_EXTENSION: wire}
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Close at once when the server stops: what still hangs or waits is cut off."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()


def target(scope: Scope) -> bytes:
    """Return path and query exactly as they were sent."""
    return cast(bytes, scope["extensions"][_EXTENSION]["target"])


def reset(scope: Scope) -> None:
    """Close the connection with a TCP reset, throwing away what was not sent yet."""
    transport = _transport(scope)
    # Without lingering, closing sends a reset even when all that arrived has been read.
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def cut(scope: Scope) -> None:
    """Close the connection after what was already written."""
    _transport(scope).close()


def _transport(scope: Scope) -> asyncio.Transport:
    return cast(asyncio.Transport, scope["extensions"][_EXTENSION]["transport"])
