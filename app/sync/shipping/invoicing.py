"""The job `invoices`: each invoice goes to its order at Allegro once, and is followed until Allegro has scanned it."""

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import (
    AuthRequired,
    Misconfigured,
    NotFound,
    Rejected,
    Unavailable,
    Uncertain,
    Unreadable,
)
from app.db import accounts, invoices, order_log
from app.db.engine import Session
from app.domain.invoices import (
    Invoice,
    InvoiceState,
    Move,
    Step,
    after_refusal,
    announced,
    file_sent,
    next_step,
    nothing_was_sent,
    put_off,
    refused,
    why_called_off,
)
from app.domain.runs import Result
from app.security import SecretUnreadable
from app.sync.context import JobContext
from app.sync.shipping import notices

INVOICES = "invoices"
# The others have their turn in the next run, a minute later.
_AT_ONCE = 100
_SOON = timedelta(seconds=60)


def invoices_since(session: Session, account_id: int, now: datetime) -> datetime | None:
    """From now on there is something to do where an invoice has its turn, else nothing (None)."""
    from_store = accounts.get(session, account_id).settings.submit_invoices
    return now if invoices.is_any_due(session, account_id, now=now, from_store=from_store) else None


def send_invoices(context: JobContext) -> None:
    """Go on with every invoice of the account that has its turn. Raises the errors of Allegro's channel that are about
    more than one of them."""
    account = context.one_account
    allegro = context.lines.allegro(account, answered=context.answered.add)
    with context.database.reading() as session:
        from_store = account.settings.submit_invoices
        due = invoices.due(session, account.id, now=context.now(), from_store=from_store, limit=_AT_ONCE)
    context.report.seen += len(due)
    for invoice in due:
        if context.stopping.is_set() or not context.reread():
            return
        if not (context.one_account.settings.submit_invoices or invoice.is_uploaded or not invoice.needs_file):
            continue  # the store's were switched off a moment ago
        if context.writes:
            _Delivery(context, allegro, invoice).go_on()
        else:
            context.report.add(_named(invoice), why="waits for its turn", result=Result.PLANNED)


@dataclass
class _Delivery:
    """Of one invoice; `invoice` is as it was stored last.

    What somebody else has changed meanwhile is never overwritten: it has its turn again, and what Allegro knows of it
    is found there.
    """

    context: JobContext
    allegro: AllegroClient
    invoice: Invoice

    def go_on(self) -> None:
        """Raises the errors of Allegro's channel where it is not about this invoice."""
        try:
            self._go_on()
        except (Rejected, Unreadable) as error:
            self._settle(put_off(self.invoice, str(error), self.context.now()))
        except (Unavailable, Misconfigured):
            # One that Allegro always breaks down on, or turns away, keeps no others from having their turn.
            self._keep(replace(self.invoice, due_at=self.context.now() + _SOON))
            raise

    def _go_on(self) -> None:
        step = self._next()
        if step.move is Move.STAY:
            self._settle(step)
            return
        if step.move is Move.SEND_FILE and not self._keep(step.invoice):
            return
        # Nothing is announced that cannot be sent.
        content = self._file()
        if content is None or self._is_called_off():
            return
        if step.move is Move.ANNOUNCE and (not self._announce(step.invoice) or self._is_called_off()):
            return
        self._send(content)

    def _next(self) -> Step:
        order_id = self.invoice.order_id
        # Of an invoice that Allegro has, only what it shows counts.
        called_off = self._why_called_off() if self.invoice.needs_file else ""
        there = self.allegro.invoices.of(order_id)
        settle = timedelta(seconds=self.context.config.allegro_settle)
        return next_step(self.invoice, called_off, there, now=self.context.now(), settle=settle)

    def _why_called_off(self) -> str:
        order = self.allegro.order(self.invoice.order_id)
        with self.context.database.reading() as session:
            entry = order_log.find(session, self.invoice.account_id, order.id)
        return why_called_off(entry, order)

    def _is_called_off(self) -> bool:
        """Whether the order, as it is at this moment, gets no invoice any more; that is stored then."""
        if why := self._why_called_off():
            self._settle(refused(self.invoice, why, is_alarming=False))
        return bool(why)

    def _file(self) -> bytes | None:
        """The PDF; None where there is none, which is stored then."""
        invoice, now = self.invoice, self.context.now()
        open_sealed = self.context.lines.box.decrypt
        try:
            if not invoice.is_uploaded:
                return self.context.lines.documents().pdf(open_sealed(invoice.url_encrypted))
            with self.context.database.reading() as session:
                sealed = invoices.content_encrypted(session, invoice.id)
            if sealed is not None:
                return base64.b64decode(open_sealed(sealed))
            self._settle(refused(invoice, "Its file is not kept any more. Upload it again."))
        except SecretUnreadable as error:
            self._settle(put_off(invoice, str(error), now))
        except (NotFound, Unavailable) as error:
            # Stores make their documents late, and may be away for a while.
            self._settle(put_off(invoice, str(error), now))
        except Rejected as error:
            self._settle(refused(invoice, str(error)))
        return None

    def _announce(self, announcing: Invoice) -> bool:
        """Whether Allegro expects the file now."""
        # The answer may be lost, and is waited for since the call; to fetch the PDF may have taken minutes.
        if not self._keep(replace(announcing, begun_at=self.context.now())):
            return False
        self.context.lease.ensure()
        try:
            allegro_id = self.allegro.invoices.announce(announcing.order_id, announcing.file_name, announcing.number)
        except Uncertain as error:
            # It stays so, and what the order has is read before anything else.
            due_at = self.context.now() + _SOON
            self._settle(Step(Move.STAY, replace(self.invoice, why=str(error), due_at=due_at)))
            return False
        except (NotFound, Unavailable, AuthRequired, Misconfigured):
            self._keep(nothing_was_sent(self.invoice))
            raise
        except Rejected as error:
            there = self.allegro.invoices.of(announcing.order_id)
            self._settle(after_refusal(self.invoice, there, str(error), self.context.now()))
            return False
        return self._keep(announced(self.invoice, allegro_id, self.context.now()))

    def _send(self, content: bytes) -> None:
        invoice = self.invoice
        self.context.lease.ensure()
        try:
            self.allegro.invoices.send_file(invoice.order_id, invoice.allegro_id, content)
        except NotFound:
            raise  # Allegro's copies lag, or a person has taken it away: it is looked at again
        except Rejected as error:
            self._settle(refused(invoice, str(error)))
        else:
            self._settle(Step(Move.STAY, file_sent(invoice, self.context.now())))

    def _keep(self, after: Invoice) -> bool:
        """Store the invoice as it is now; whether it is as it was until then."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            is_kept = invoices.replace_with(session, self.invoice, after)
        if is_kept:
            self.invoice = after
        return is_kept

    def _settle(self, step: Step) -> None:
        """Store what has become of the invoice, and tell of it."""
        before, after, now = self.invoice, step.invoice, self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            if not invoices.replace_with(session, before, after):
                return
            if after.state is not before.state and (what := _TOLD.get(after.state)):
                order_log.remember(
                    session,
                    after.account_id,
                    after.order_id,
                    what=f"the invoice {after.number or after.file_name} {what}",
                    why=after.why,
                    confirmed=after.state in (InvoiceState.SCANNING, InvoiceState.ACCEPTED),
                    now=now,
                )
            if step.is_alarming:
                notices.note_invoice(session, after, now=now)
            elif after.is_over:
                notices.close_invoice(session, after, now=now)
        self.invoice = after
        if after.state is not before.state or after.why:
            self.context.report.add(
                _named(after), before=before.state, after=after.state, why=after.why, result=_result(step)
            )


_TOLD = {
    InvoiceState.SCANNING: "was sent to Allegro",
    InvoiceState.ACCEPTED: "is at Allegro",
    InvoiceState.REJECTED: "was rejected by Allegro",
    InvoiceState.REFUSED: "was not sent to Allegro",
}


def _named(invoice: Invoice) -> str:
    return f"invoice {invoice.id} of order {invoice.order_id}"


def _result(step: Step) -> Result:
    if step.invoice.state in (InvoiceState.SCANNING, InvoiceState.ACCEPTED):
        return Result.DONE
    if step.is_alarming or step.invoice.attempts or step.invoice.state is InvoiceState.ANNOUNCING:
        return Result.FAILED
    return Result.SKIPPED
