"""The store's pictures at Allegro, each of which is sent once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Rejected, Unreadable
from app.db import listings
from app.domain.new_offers import UploadedImage
from app.sync.context import JobContext

# Allegro fetches each while we wait.
_AT_ONCE = 4
# Allegro throws a picture away that no offer shows by its time; the offer is made within moments.
_STILL_THERE_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Uploaded:
    """Allegro's addresses by the store's, and of the pictures that it does not take why not."""

    urls: dict[str, str]
    refused: dict[str, str]


@dataclass
class Pictures:
    """Raises the errors of Allegro's channel where it is not about one picture."""

    context: JobContext
    allegro: AllegroClient

    def upload(self, addresses: Sequence[str]) -> Uploaded:
        """See that Allegro has these."""
        context, account_id = self.context, self.context.one_account.id
        with context.database.reading() as session:
            there = listings.images(session, account_id, addresses, until=context.now() + _STILL_THERE_FOR)
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
                with context.database.transaction() as session:
                    listings.remember_images(session, account_id, fresh)
        return Uploaded(there | {address: image.url for address, image in fresh.items()}, refused)
