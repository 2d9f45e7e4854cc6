"""How much Allegro may be asked: by one application, and by one seller for each kind of thing."""

from dataclasses import dataclass

from app.channels.pacing import Limit, Priority, Quota

_MINUTE, _HOUR = 60, 3600
# Of a minute's limit an eighth may come at once, which is just enough for one command about 1000 offers. Of an hour's
# limit it is half: all of 50,000 offers then flow as fast as the minute lets them.
_BURST_OF_MINUTE = 1 / 8
_BURST_OF_HOUR = 1 / 2
_BURST_OF_SECOND = 1 / 2
# A command may wait longer than other calls: at the minute's rate, one about 1000 offers waits 8 s for its turn, and
# a long push goes on. What has to wait for the hour is better computed anew than sent late.
_PATIENCE_SECONDS = 5.0
_COMMAND_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class SellerLimit:
    """What Allegro counts together for one seller. `patience_seconds`: how long a call may wait on the spot."""

    name: str
    limits: tuple[Limit, ...]
    patience_seconds: float = _PATIENCE_SECONDS


@dataclass(frozen=True)
class Caller:
    """Who calls: an application's `client_id`, for one of its sellers, and for what."""

    client_id: str
    account_id: int
    priority: Priority = Priority.ORDERS


def _a_minute(most: int) -> Limit:
    return Limit(most, _MINUTE, _BURST_OF_MINUTE)


def _an_hour(most: int) -> Limit:
    return Limit(most, _HOUR, _BURST_OF_HOUR)


# Allegro's limit is 9,000 a minute for an application, over all its sellers and replicas. Each process counts for
# itself, so this leaves a part to the others.
APPLICATION = (_a_minute(6000),)

OFFER_READS = SellerLimit("offer reads", (_a_minute(3500),))
OFFER_EDITS = SellerLimit("offer edits", (_a_minute(2490), _an_hour(74_700)))
# Commands are counted by the offers in them. It is not known whether those of one kind share their limit; if not, it
# does no harm to count them together.
STOCK_COMMANDS = SellerLimit(
    "quantities and publications", (_a_minute(9000), _an_hour(250_000)), _COMMAND_PATIENCE_SECONDS
)
PRICE_COMMANDS = SellerLimit("prices and bulks", (_a_minute(9000), _an_hour(150_000)), _COMMAND_PATIENCE_SECONDS)
# Counted by the changes that are reported.
REPORTS = SellerLimit("reports", (_a_minute(270_000),))
# Allegro says 5 a second and not whose.
SUGGESTIONS = SellerLimit("category suggestions", (Limit(5, 1, _BURST_OF_SECOND),))
# 50 a second, and again not whose; those that read and those that write may count together.
PARCELS = SellerLimit("parcel numbers", (Limit(50, 1, _BURST_OF_SECOND),))


def quotas(caller: Caller, limit: SellerLimit | None, cost: int) -> tuple[Quota, ...]:
    """What a call takes: one of the application's calls, and `cost` of its seller's limit."""
    application = Quota("application", APPLICATION)
    if limit is None:
        return (application,)
    return (application, Quota(f"{limit.name} of account {caller.account_id}", limit.limits, cost))


def patience(limit: SellerLimit | None) -> float:
    """Seconds that a call may wait on the spot for its turn."""
    return _PATIENCE_SECONDS if limit is None else limit.patience_seconds
