"""Endpoints of customers."""

from typing import Any

from app.sandbox.store.customers import ROLES, Customer, is_email
from app.sandbox.store.exchange import Answer, Call, StoreError, missing
from app.sandbox.store.listing import ids, one_of, only_fields, page
from app.sandbox.store.mail import Mail
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop


def _customer(shop: Shop, customer_id: int, status: int = 404) -> Customer:
    found = shop.customers.find(customer_id)
    if found is None:
        raise StoreError(status, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return found


def list_customers(shop: Shop, call: Call) -> Answer:
    """Accounts of one role, buyers unless told otherwise; a filter by e-mail takes the place of a search."""
    role = one_of(call, "role", "customer", ("all", *ROLES))
    email, text, included = call.text("email"), call.text("search"), ids(call, "include")
    newest_first = one_of(call, "order", "asc", ("asc", "desc")) == "desc"
    found = [
        customer
        for customer in sorted(shop.customers.by_id.values(), key=lambda c: c.id, reverse=newest_first)
        if (not email or customer.email.casefold() == email.casefold())
        and (email or not text or customer.found_by(text))
        and role in ("all", customer.role)
        and (included is None or customer.id in included)
    ]
    return page(call, found, lambda customer: customer.view(call.origin))


def get_customer(shop: Shop, call: Call, customer_id: int) -> Answer:
    return Answer(only_fields(call, _customer(shop, customer_id).view(call.origin)))


def post_customer(shop: Shop, call: Call) -> Answer:
    """Mails the new address at once while the store has that mail switched on."""
    sent = call.json()
    if "email" not in sent:
        raise missing("email")
    email = str(sent["email"])
    shop.customers.check_email(email)
    username = shop.customers.free_username(sent.get("username"), email)
    now = shop.now()
    made = Customer(next(shop.numbers.customer), email, username, now, now)
    if not sent.get("password"):
        made.meta.append(shop.new_meta("default_password_nag", "1"))
    _apply(shop, made, sent)
    shop.customers.by_id[made.id] = made
    shop.announce("customer.created", made.id)
    shop.mail(email, "customer_new_account", customer_id=made.id)
    return Answer(made.view(call.origin), 201, {"Location": f"{call.origin}{API}/customers/{made.id}"})


def put_customer(shop: Shop, call: Call, customer_id: int) -> Answer:
    """A changed address is told to the old one alone. Another account's address has another code here than on POST."""
    customer = _customer(shop, customer_id, 400)
    sent = call.json()
    email = str(sent.get("email", customer.email))
    if sent.get("username", customer.username) != customer.username:
        raise StoreError(400, "woocommerce_rest_customer_invalid_argument", "Username isn't editable.")
    if email != customer.email:
        if shop.customers.taken(email, customer.id):
            raise StoreError(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
        shop.customers.check_email(email, customer.id)
        shop.outbox.append(Mail(customer.email, "email_change", shop.now(), customer_id=customer.id))
        customer.email = email
    _apply(shop, customer, sent)
    customer.modified = shop.now()
    shop.announce("customer.updated", customer.id)
    return Answer(customer.view(call.origin))


def delete_customer(shop: Shop, call: Call, customer_id: int) -> Answer:
    customer = _customer(shop, customer_id)
    if not call.flag("force"):
        raise StoreError(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
    del shop.customers.by_id[customer_id]
    for order in shop.orders.values():
        if order.customer_id == customer_id:
            order.customer_id, order.modified = 0, shop.now()
    shop.announce("customer.deleted", customer_id)
    return Answer(customer.view(call.origin))


def _apply(shop: Shop, customer: Customer, sent: dict[str, Any]) -> None:
    customer.first_name = str(sent.get("first_name", customer.first_name))
    customer.last_name = str(sent.get("last_name", customer.last_name))
    for name, kept in (("billing", customer.billing), ("shipping", customer.shipping)):
        address = sent.get(name) or {}
        if address.get("email") and not is_email(address["email"]):
            raise StoreError(400, "customer_invalid_billing_email", "Invalid billing email address")
        kept.update({key: str(value) for key, value in address.items() if key in kept})
    if "meta_data" in sent:
        shop.apply_meta(customer.meta, sent["meta_data"])
