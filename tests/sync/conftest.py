import socket

import pytest

from app.api.deps import Services
from app.sandbox.world import Sandbox


@pytest.fixture
def unused_tcp_address() -> str:
    """An address on loopback where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def stranger(services: Services, world: Sandbox, account: int) -> int:
    """An account that was connected and is not any more: nothing of it is left but its row."""
    services.connector.disconnect(account)
    return account
