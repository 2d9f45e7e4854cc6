"""The store's pictures at Allegro, each of which is sent once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Rejected, Unreadable
from app.db import listings
from app.db.engine import Database
from app.domain.new_offers import UploadedImage

# Allegro fetches each while we wait.
_AT_ONCE = 4
# Allegro throws a picture away that no offer shows by its time; the offer is made within moments.
_STILL_THERE_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Uploaded:
    """Allegro's addresses by the store's, and of the pictures that it does not take why not."""

    urls: dict[str, str]
    refused: dict[str, str]

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(f"The picture {address} is left out: {why}" for address, why in self.refused.items())


@dataclass
class Pictures:
    """Raises the errors of Allegro's channel where it is not about one picture."""

    database: Database
    allegro: AllegroClient
    account_id: int
    now: Callable[[], datetime]

    def upload(self, addresses: Sequence[str]) -> Uploaded:
        """See that Allegro has these."""
        with self.database.reading() as session:
            there = listings.images(session, self.account_id, addresses, until=self.now() + _STILL_THERE_FOR)
        fresh: dict[str, UploadedImage] = {}
        refused: dict[str, str] = {}

        def upload(address: str) -> None:
            try:
                fresh[address] = self.allegro.images.upload(address)
            except (Rejected, Unreadable) as error:
                refused[address] = str(error)

        missing = [address for address in addresses if address not in there]
        try:
            with ThreadPoolExecutor(_AT_ONCE) as uploaders:
                list(uploaders.map(upload, missing))
        finally:
            if fresh:
                with self.database.transaction() as session:
                    listings.remember_images(session, self.account_id, fresh)
        return Uploaded(there | {address: image.url for address, image in fresh.items()}, refused)
