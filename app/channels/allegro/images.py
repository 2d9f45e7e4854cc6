"""Pictures at Allegro, for offers to show."""

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.wire import CHANNEL, read
from app.channels.errors import Rejected
from app.domain.new_offers import UploadedImage

_WRONG_TYPE = 415

# To upload one twice does no harm: Allegro throws away what no offer shows. It fetches the picture while we wait, and
# says 415 of one that is no JPEG, PNG or WebP.
UPLOAD = Endpoint(
    "POST",
    "/sale/images",
    PUBLIC,
    "allegro:api:sale:offers:write",
    good_statuses=frozenset({_WRONG_TYPE}),
    timeout_seconds=60.0,
    uploads=True,
)


class AllegroImages:
    """Raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def upload(self, url: str) -> UploadedImage:
        """Let Allegro fetch a picture. Raises `Rejected` for one that it cannot fetch or does not take."""
        reply = self._session.call(UPLOAD, f"uploading the picture {url}", json={"url": url})
        if reply.status == _WRONG_TYPE:
            raise Rejected(
                f"Allegro does not take files of this type as pictures: {url}",
                channel=CHANNEL,
                trace_id=reply.trace_id,
                status=_WRONG_TYPE,
            )
        answer = read(reply.data, "Allegro's answer about an uploaded picture")
        return UploadedImage(answer.required_text("location"), answer.instant("expiresAt"))
