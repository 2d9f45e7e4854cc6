"""Both halves of the pretend world, served on loopback."""

from urllib.parse import urlsplit

from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.clock import Clock
from app.sandbox.serving import Server
from app.sandbox.store.world import StoreWorld


class Sandbox:
    """Allegro and a store that sell the same goods and share one clock. Not started until `start`."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = Clock()
        self.allegro = AllegroWorld(self.clock, seed)
        self.store = StoreWorld(self.clock, seed)
        self.allegro.uploads.fetch = self._picture
        self._allegro_server = Server(self.allegro.app)
        self._store_server = Server(self.store.app)

    def _picture(self, address: str) -> bytes | None:
        """What Allegro gets from the store. Any name of this machine will do, and no other place can be reached."""
        parts = urlsplit(address)
        here = parts.netloc.rpartition(":")[2] == str(self._store_server.port)
        return self.store.picture(parts.path) if here else None

    @property
    def allegro_url(self) -> str:
        """API, OAuth and uploads are all on this address."""
        return self._allegro_server.url

    @property
    def store_url(self) -> str:
        return self._store_server.url

    def start(self, allegro_port: int = 0, store_port: int = 0) -> None:
        """Serve both halves on 127.0.0.1 and return when both accept; 0 picks a free port.

        Raises OSError when a port is taken.
        """
        self._allegro_server.port = allegro_port
        self._store_server.port = store_port
        self._allegro_server.start()
        try:
            self._store_server.start()
        except OSError:
            self._allegro_server.stop()
            raise

    def reset(self, seed: int = 1) -> None:
        """The seeded state again: faults off, clock back. The servers keep running."""
        self.clock.reset()
        self.allegro.reset(seed)
        self.store.reset(seed)

    def stop(self) -> None:
        self._allegro_server.stop()
        self._store_server.stop()
