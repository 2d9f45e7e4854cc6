"""An Allegro buyer as a customer of the store: one account per buyer, whatever address an order carries."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.accounts import Environment
from app.domain.orders import Address, Buyer
from app.domain.parties import META_PREFIX

META_BUYER_ID = f"{META_PREFIX}buyer_id"
META_BUYER_LOGIN = f"{META_PREFIX}buyer_login"
# `.invalid` is reserved: mail to it reaches nobody.
_UNREACHABLE = "@allegro-buyer.invalid"
NOBODY = f"nobody{_UNREACHABLE}"


@dataclass(frozen=True)
class StoreCustomer:
    """An account in the store. `buyer_id` is the Allegro buyer whom it was made for: "" for none, None where the
    store does not show it.
    """

    id: int
    email: str
    username: str
    buyer_id: str | None
    created_at: datetime | None


@dataclass(frozen=True)
class CustomerDraft:
    """The account that we are about to make. The store mails `email` at once."""

    username: str
    email: str
    first_name: str
    last_name: str
    billing: Address
    shipping: Address
    meta: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class KnownBuyer:
    """What we remember of a buyer's account. `customer_id` is 0 from before it is asked for until it is there."""

    customer_id: int
    noted_at: datetime

    @property
    def is_being_made(self) -> bool:
        return self.customer_id == 0


def draft_customer(
    buyer: Buyer, environment: Environment, billing: Address, shipping: Address, *, announce: bool
) -> CustomerDraft | None:
    """The account of a buyer; None for one without an identity of its own.

    `announce`: the store's mail about the account goes to the buyer, else to nobody.
    """
    if buyer.guest or not buyer.id:
        return None
    # One id means two people, one in each of Allegro's worlds.
    username = f"allegro-sandbox-{buyer.id}" if environment is Environment.SANDBOX else f"allegro-{buyer.id}"
    return CustomerDraft(
        username=username,
        email=buyer.email if announce and buyer.email else f"{username}{_UNREACHABLE}",
        first_name=buyer.first_name or billing.first_name,
        last_name=buyer.last_name or billing.last_name,
        billing=billing,
        shipping=shipping,
        meta=tuple(
            (key, value) for key, value in ((META_BUYER_ID, buyer.id), (META_BUYER_LOGIN, buyer.login)) if value
        ),
    )


def is_unreachable(email: str) -> bool:
    """Whether it is one of our placeholders."""
    return email.casefold().endswith(_UNREACHABLE)


def is_account_of(customer: StoreCustomer, buyer: Buyer, *, tried: bool) -> bool:
    """Whether an account with the buyer's user name is the buyer's, and not a stranger's who chose that name.

    A buyer's orders show where the buyer lives, so a name proves nothing. `tried`: we asked for the account and do
    not know the outcome.
    """
    if customer.buyer_id:
        return customer.buyer_id == buyer.id
    # Not marked, or a key that may not see marks: nobody else has an address that Allegro made for this buyer.
    return _same_alias(customer.email, buyer.email) or (tried and is_unreachable(customer.email))


def is_remembered(customer: StoreCustomer, known: KnownBuyer) -> bool:
    """Whether this is the account that was noted. A store put back to an older state gives ids to others anew."""
    return customer.created_at is None or customer.created_at <= known.noted_at


def _same_alias(one: str, other: str) -> bool:
    """Whether two addresses differ at most in what Allegro puts behind the plus for each order."""
    return bool(one) and _without_order(one) == _without_order(other)


def _without_order(email: str) -> tuple[str, str]:
    name, _, domain = email.casefold().rpartition("@")
    return name.partition("+")[0], domain
