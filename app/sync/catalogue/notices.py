"""The alerts about listing, and the words by which they are known."""

from datetime import datetime

from app.db import alerts
from app.db.engine import Session
from app.domain.categories import Category

CATEGORY_LEFT = "category_left"


def note_category_left(
    session: Session, account_id: int, category: Category, redirect_id: str, *, now: datetime
) -> None:
    """Nothing can be listed in a default category any more; `redirect_id` took its place, "" where nothing did."""
    if redirect_id:
        title = f"Allegro has put category {redirect_id} in the place of {category.name} ({category.id})."
        remedy = "Your mappings were moved to it. Look at its parameters, which may differ, and resolve this alert."
    else:
        title = f"Nothing can be listed in Allegro's category {category.name} ({category.id}) any more."
        remedy = "Choose another default category, map the store's categories to it, and remove this one."
    alerts.open_alert(
        session,
        CATEGORY_LEFT,
        account_id=account_id,
        subject=f"category {category.id}",
        title=title,
        remedy=remedy,
        now=now,
    )
