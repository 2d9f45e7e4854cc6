"""The store customer of an Allegro buyer, found or made, before the order is.

The store keeps no two accounts of one user name, and the user name is made of the buyer's id at Allegro; but it looks
first and writes later, so two requests at the same time could make two. So the intent is committed before the call,
and until a lost call must have come to its end the account is only looked for.
"""

from dataclasses import dataclass

from app.channels.errors import AuthRequired, Misconfigured, NotFound, Rejected, Unavailable, Uncertain, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.db import buyers
from app.domain.buyers import (
    CustomerDraft,
    KnownBuyer,
    StoreCustomer,
    draft_customer,
    is_account_of,
    is_remembered,
    is_unreachable,
)
from app.domain.orders import Address, Buyer, Order
from app.errors import BridgeError
from app.sync.context import JobContext


class _NameTaken(BridgeError):
    """A stranger's account has the buyer's user name."""


@dataclass(frozen=True)
class CustomerFound:
    """`customer_id` is 0 for none; `note` is what a person should know about it, or ""."""

    customer_id: int = 0
    note: str = ""


@dataclass
class Customers:
    """Finds and makes the customers of one run's orders."""

    context: JobContext
    store: StoreClient

    def id_for(self, order: Order, billing: Address, shipping: Address) -> CustomerFound:
        """The customer of the order's buyer; the addresses are for a new account.

        No refusal stops an order: it goes without a customer then, and the note says why. Raises `Unavailable`,
        `AuthRequired`, `Misconfigured` and `Uncertain`: the order waits.
        """
        account = self.context.one_account
        if not account.settings.create_customer_accounts:
            return CustomerFound()
        announce = account.settings.send_account_email
        draft = draft_customer(order.buyer, account.environment, billing, shipping, announce=announce)
        if draft is None:
            return CustomerFound()
        try:
            customer = self._found(order.buyer, draft) or self._make(order.buyer, draft)
            return CustomerFound(customer.id, self._give_address(customer, order.buyer))
        except (Rejected, Unreadable, _NameTaken) as error:
            return CustomerFound(note=f"The order has no customer account in the store. {error}")

    def _found(self, buyer: Buyer, draft: CustomerDraft) -> StoreCustomer | None:
        known = self._known(buyer)
        if known and not known.is_being_made and (remembered := self._remembered(known)):
            return remembered
        found = self._in_store(buyer, draft, tried=known is not None and known.is_being_made)
        if found:
            self._note(buyer, found)
        return found

    def _remembered(self, known: KnownBuyer) -> StoreCustomer | None:
        try:
            customer = self.store.customers.by_id(known.customer_id)
        except NotFound:
            return None
        return customer if is_remembered(customer, known) else None

    def _in_store(self, buyer: Buyer, draft: CustomerDraft, *, tried: bool) -> StoreCustomer | None:
        """Raises `_NameTaken` when there is none and none can be made."""
        named = self.store.customers.named(draft.username)
        if named and is_account_of(named, buyer, tried=tried):
            return named
        if buyer.email and (addressed := self.store.customers.at(buyer.email)):
            return addressed
        if named:
            raise _NameTaken(
                f"The user name {draft.username} belongs to customer {named.id}, who is not marked as this buyer. "
                "Delete that account if it is nobody's."
            )
        return None

    def _make(self, buyer: Buyer, draft: CustomerDraft) -> StoreCustomer:
        self._begin(buyer)
        try:
            made = self.store.customers.create(draft)
        except Rejected:
            self._forget_attempt(buyer)
            # A user name or an address that exists after all: somebody made the account a moment ago.
            found = self._in_store(buyer, draft, tried=False)
            if found is None:
                raise
            made = found
        except (Unavailable, AuthRequired, Misconfigured):
            self._forget_attempt(buyer)
            raise
        self._note(buyer, made)
        return made

    def _give_address(self, customer: StoreCustomer, buyer: Buyer) -> str:
        """Put the buyer's address in the place of a placeholder; returns why that was refused, or "".

        The store tells only the old address of the change, so nobody is mailed.
        """
        if not buyer.email or not is_unreachable(customer.email):
            return ""
        try:
            self.store.customers.set_email(customer.id, buyer.email)
        except NotFound:
            raise
        except Rejected as error:
            return f"Customer {customer.id} keeps a placeholder for an address. {error}"
        return ""

    def _known(self, buyer: Buyer) -> KnownBuyer | None:
        with self.context.database.reading() as session:
            return buyers.find(session, self.context.one_account.environment, buyer.id)

    def _begin(self, buyer: Buyer) -> None:
        now, known = self.context.now(), self._known(buyer)
        if known and known.is_being_made and now < known.noted_at + self.context.settle:
            raise Uncertain(
                f"The store may still be making the account of Allegro buyer {buyer.id}; it is looked for again later.",
                channel="store",
            )
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            begun = buyers.begin(session, self.context.one_account.environment, buyer.id, known, now=now)
        if not begun:
            raise Unavailable(
                f"The account of Allegro buyer {buyer.id} is being made for another order right now.", channel="store"
            )
        self.context.lease.ensure()

    def _note(self, buyer: Buyer, customer: StoreCustomer) -> None:
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            buyers.note(session, self.context.one_account.environment, buyer.id, customer.id, now=now)

    def _forget_attempt(self, buyer: Buyer) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            buyers.forget_attempt(session, self.context.one_account.environment, buyer.id)
