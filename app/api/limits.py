"""How much a request may bring along."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Far above any request of ours and any order that a store delivers.
MAX_BODY_BYTES = 5_000_000


class LimitedBodies:
    """Stops reading a body that is too large, so that nobody can fill the memory, with or without a key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. The endpoint's reading raises HTTPException 413, which is answered as a problem."""
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MAX_BODY_BYTES:
                raise HTTPException(413, f"A body may have {MAX_BODY_BYTES:,} bytes at the most.")
            return message

        await self._app(scope, limited, send)
