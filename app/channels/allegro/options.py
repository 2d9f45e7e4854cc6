"""What a seller has set up at Allegro for offers to refer to: deliveries, terms, producers."""

from dataclasses import dataclass

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.wire import read
from app.channels.errors import AuthRequired, Misconfigured, Rejected, Unreadable
from app.domain.listing_options import Choice, ListingOptions

_SETTINGS = "allegro:api:sale:settings:read"


@dataclass(frozen=True)
class _Part:
    """`rows` is the name of the list in the answer, `called` what it is in messages. Without a `limit` there are no
    pages; no page begins after `last_offset`.
    """

    path: str
    rows: str
    called: str
    limit: int = 0
    last_offset: int = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("GET", self.path, PUBLIC, _SETTINGS)


_TERMS = "/after-sales-service-conditions"

SHIPPING_RATES = _Part("/sale/shipping-rates", "shippingRates", "delivery price lists")
RETURN_POLICIES = _Part(f"{_TERMS}/return-policies", "returnPolicies", "return policies", 60, 59)
IMPLIED_WARRANTIES = _Part(f"{_TERMS}/implied-warranties", "impliedWarranties", "implied warranties", 60, 59)
WARRANTIES = _Part(f"{_TERMS}/warranties", "warranties", "warranties", 60, 59)
PRODUCERS = _Part("/sale/responsible-producers", "responsibleProducers", "responsible producers", 1000, 50_000)
PERSONS = _Part("/sale/responsible-persons", "responsiblePersons", "responsible persons", 1000, 16_000)


class AllegroOptions:
    """The application may lack the permission for the seller's settings."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def read(self) -> ListingOptions:
        """What there is to choose from.

        A part that is refused or cannot be understood is unknown and stops no other. Raises `Unavailable`, and
        `AuthRequired` where the account must be authorised again.
        """
        unknown: list[str] = []
        return ListingOptions(
            shipping_rates=self._choices(SHIPPING_RATES, unknown),
            return_policies=self._choices(RETURN_POLICIES, unknown),
            implied_warranties=self._choices(IMPLIED_WARRANTIES, unknown),
            warranties=self._choices(WARRANTIES, unknown),
            responsible_producers=self._choices(PRODUCERS, unknown),
            responsible_persons=self._choices(PERSONS, unknown),
            unknown=tuple(unknown),
        )

    def _choices(self, part: _Part, unknown: list[str]) -> tuple[Choice, ...] | None:
        """None where it cannot be read; why not is added to `unknown`."""
        try:
            return self._all_of(part)
        except (AuthRequired, Misconfigured, Rejected, Unreadable) as error:
            if isinstance(error, AuthRequired) and not error.permission:
                raise
            unknown.append(str(error))
            return None

    def _all_of(self, part: _Part) -> tuple[Choice, ...]:
        found: dict[str, Choice] = {}
        offset = 0
        while True:
            params = {"limit": part.limit, "offset": offset} if part.limit else {}
            reply = self._session.call(part.endpoint, f"reading the {part.called}", params=params)
            answer = read(reply.data, f"Allegro's list of {part.called}")
            rows = answer.required_rows(part.rows)
            for row in rows:
                choice = Choice(row.required_text("id"), row.text("name"))
                found[choice.id] = choice
            if len(rows) < part.limit or not part.limit:
                return tuple(found.values())
            if offset == part.last_offset:
                raise answer.unreadable(part.rows, "is longer than Allegro shows")
            offset = min(offset + part.limit, part.last_offset)
