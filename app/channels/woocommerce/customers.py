"""The store's customers."""

from app.channels.errors import Uncertain, Unreadable
from app.channels.woocommerce.session import Params, StoreSession
from app.channels.woocommerce.translate import customer_from, customer_to
from app.channels.woocommerce.wire import CHANNEL, CUSTOMER_FIELDS, customer_refusal, read
from app.domain.buyers import CustomerDraft, StoreCustomer


class StoreCustomers:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session

    def by_id(self, customer_id: int) -> StoreCustomer:
        """Raises `NotFound`."""
        what = f"reading customer {customer_id}"
        reply = self._session.read(f"customers/{customer_id}", what, {"_fields": CUSTOMER_FIELDS})
        return customer_from(read(reply.data, f"Store customer {customer_id}"))

    def named(self, username: str) -> StoreCustomer | None:
        """The account of this user name, whatever its role."""
        found = self._list({"search": username})
        return next((each for each in found if each.username.casefold() == username.casefold()), None)

    def at(self, email: str) -> StoreCustomer | None:
        """The account of this e-mail address, whatever its role."""
        found = self._list({"email": email})
        return next((each for each in found if each.email.casefold() == email.casefold()), None)

    def create(self, draft: CustomerDraft) -> StoreCustomer:
        """Make an account; the store mails its address at once, while it has that mail switched on.

        Raises as `StoreClient.create_order` does: `Rejected` also when the user name or the address is taken.
        """
        what = f"making the customer {draft.username}"
        reply = self._session.send(
            "POST", "customers", what, json=customer_to(draft), effect=True, refused=customer_refusal
        )
        try:
            made = customer_from(read(reply.data, "The store's answer"))
        except Unreadable as error:
            raise Uncertain(f"{error} It may have been made ({what}).", channel=CHANNEL) from error
        # Of the two, a plugin may choose the user name.
        if reply.status != 201 or (made.username != draft.username and made.email.casefold() != draft.email.casefold()):
            raise Uncertain(
                f"The store answered {reply.status} with something else than the new customer ({what}); "
                "it may have been made.",
                channel=CHANNEL,
            )
        return made

    def set_email(self, customer_id: int, email: str) -> None:
        """Only the former address is mailed about it. Raises `NotFound`."""
        self._session.send("PUT", f"customers/{customer_id}", f"changing customer {customer_id}", json={"email": email})

    def _list(self, params: Params) -> list[StoreCustomer]:
        # Candidates only: the store finds parts of names, and gives everybody for a filter that it does not know.
        wanted = {**params, "role": "all", "_fields": CUSTOMER_FIELDS}
        return [customer_from(row) for row in self._session.all_rows("customers", "looking for a customer", wanted)]
