"""Accounts of buyers at the store."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.sandbox.store.catalogue import Meta
from app.sandbox.store.exchange import StoreError
from app.sandbox.store.listing import links
from app.sandbox.store.orders import BILLING, SHIPPING
from app.sandbox.store.product_views import API
from app.sandbox.store.times import dated

ROLES = ("administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


@dataclass
class Customer:
    id: int
    email: str
    username: str
    created: datetime
    modified: datetime
    role: str = "customer"
    first_name: str = ""
    last_name: str = ""
    billing: dict[str, str] = field(default_factory=lambda: dict.fromkeys(BILLING, ""))
    shipping: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SHIPPING, ""))
    meta: list[Meta] = field(default_factory=list)

    def found_by(self, text: str) -> bool:
        """How WordPress searches: with an @ by e-mail alone, a number by user name or id, else by names and e-mail.

        The names are the user name and the name on display, which is the user name too for an account that the REST
        API made: nobody is found by first or last name.
        """
        wanted = text.casefold()
        if "@" in wanted:
            return wanted in self.email.casefold()
        if wanted.isdigit() and wanted == str(self.id):
            return True
        places = (self.username,) if wanted.isdigit() else (self.username, self.email)
        return any(wanted in place.casefold() for place in places)

    def view(self, origin: str) -> dict[str, Any]:
        collection = f"{origin}{API}/customers"
        picture = hashlib.sha256(self.email.encode()).hexdigest()
        return {
            "id": self.id,
            **dated("date_created", self.created),
            **dated("date_modified", self.modified),
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "role": self.role,
            "username": self.username,
            "billing": dict(self.billing),
            "shipping": dict(self.shipping),
            "is_paying_customer": False,
            "avatar_url": f"https://secure.gravatar.com/avatar/{picture}?s=96&d=mm&r=g",
            "meta_data": [meta.view() for meta in self.meta],
            "_links": links(f"{collection}/{self.id}", collection),
        }


class Customers:
    """Everybody with an account, whatever the role. Not safe by itself: callers hold the store's lock."""

    def __init__(self) -> None:
        self.by_id: dict[int, Customer] = {}

    def find(self, customer_id: int) -> Customer | None:
        return self.by_id.get(customer_id)

    def taken(self, email: str, own_id: int = 0) -> bool:
        return any(c.email.casefold() == email.casefold() and c.id != own_id for c in self.by_id.values())

    def check_email(self, email: str, own_id: int = 0) -> None:
        """Raises StoreError 400 for what is not an address, or is another account's."""
        if not is_email(email):
            raise StoreError(400, "customer_invalid_email", "Invalid email address")
        if self.taken(email, own_id):
            message = f"An account is already registered with {email}. Please log in or use a different email address."
            raise StoreError(400, "registration-error-email-exists", message)

    def free_username(self, wanted: str | None, email: str) -> str:
        """The user name asked for, or one made from the address; raises StoreError 400 where it is taken."""
        taken = {customer.username.casefold() for customer in self.by_id.values()}
        if wanted:
            if wanted.casefold() in taken:
                message = "An account is already registered with that username. Please choose another."
                raise StoreError(400, "registration-error-username-exists", message)
            return wanted
        base = email.partition("@")[0]
        numbered = (base if number == 0 else f"{base}{number}" for number in range(len(taken) + 1))
        return next(name for name in numbered if name.casefold() not in taken)
