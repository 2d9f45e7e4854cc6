"""What the store would have mailed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

SHOP_ADDRESS = "shop@example.test"


@dataclass(frozen=True)
class Mail:
    """One mail; `template` is WooCommerce's own name for it."""

    to: str
    template: str
    at: datetime
    order_id: int | None = None
    customer_id: int | None = None

    def view(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}
