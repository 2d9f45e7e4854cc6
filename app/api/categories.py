"""Allegro's categories, those that an account lists in, and the store's categories that map to them."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from app.api.deps import MAX_ID, AccountId, FieldRefused, ServicesDep
from app.api.fields import ListBody, Name, Page, RequestBody, UtcTime
from app.db import accounts, mappings
from app.domain.categories import store_path_of, suggested
from app.sync.catalogue.tree import CategoryUnusable, Found

router = APIRouter(tags=["listing: categories"])

AllegroId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
StoreCategoryId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
_MOST_MAPPINGS = 5000
_BETWEEN = " > "


class CategoryAnswer(BaseModel):
    """`path` is the names from the top down to it. Offers are listed in leaves only."""

    id: str
    name: str
    path: str
    leaf: bool


class NewDefaultCategory(RequestBody):
    category_id: AllegroId


class DefaultCategoryAnswer(BaseModel):
    """`removed_at`: since when nothing can be listed in it; null while something can."""

    category_id: str
    name: str
    path: str
    removed_at: UtcTime | None


class CategoryMappingAnswer(BaseModel):
    """`store_path` is the names from the top down. `suggested_category_id` is one of the default categories, by name;
    it is saved only by you."""

    store_category_id: int
    store_category_name: str
    store_path: str
    allegro_category_id: str | None
    allegro_path: str | None
    suggested_category_id: str | None


class CategoryMapping(RequestBody):
    """What the answer says besides may be sent along; only the two ids count. Null maps to none."""

    store_category_id: StoreCategoryId
    allegro_category_id: AllegroId | None
    store_category_name: str | None = None
    store_path: str | None = None
    allegro_path: str | None = None
    suggested_category_id: str | None = None


class CategoryMappings(ListBody):
    """Those that are given are saved, all or none; the others stay as they are."""

    items: Annotated[list[CategoryMapping], Field(max_length=_MOST_MAPPINGS)]


@router.get("/accounts/{account_id}/allegro-categories")
def list_allegro_categories(
    account_id: AccountId,
    services: ServicesDep,
    search: Annotated[Name | None, Query(description="Part of a name, or what is to be sold.")] = None,
    parent_id: Annotated[AllegroId | None, Query(description="What is in this category.")] = None,
) -> Page[CategoryAnswer]:
    """What is in a category, or at the top; or what a search finds, best first."""
    if search is not None and parent_id is not None:
        raise FieldRefused("parent_id", "cannot be combined with search")
    tree = services.tree
    try:
        found = tree.children(account_id, parent_id or "") if search is None else tree.search(account_id, search)
    except CategoryUnusable as error:
        raise FieldRefused("parent_id", str(error)) from error
    return Page(items=[_category(each) for each in found], next_cursor=None)


@router.get("/accounts/{account_id}/default-categories")
def list_default_categories(account_id: AccountId, services: ServicesDep) -> Page[DefaultCategoryAnswer]:
    return Page(items=_defaults(account_id, services), next_cursor=None)


@router.post("/accounts/{account_id}/default-categories", status_code=201)
def add_default_category(
    account_id: AccountId, body: NewDefaultCategory, services: ServicesDep
) -> DefaultCategoryAnswer:
    try:
        found = services.tree.leaf(account_id, body.category_id)
    except CategoryUnusable as error:
        raise FieldRefused("category_id", str(error)) from error
    with services.database.transaction() as session:
        mappings.add_default(session, account_id, found.category.id, now=services.now())
    return DefaultCategoryAnswer(
        category_id=found.category.id, name=found.category.name, path=_BETWEEN.join(found.path), removed_at=None
    )


@router.delete("/accounts/{account_id}/default-categories/{category_id}", status_code=204)
def remove_default_category(
    account_id: AccountId, category_id: Annotated[AllegroId, Path()], services: ServicesDep
) -> None:
    with services.database.transaction() as session:
        accounts.get(session, account_id)
        mappings.remove_default(session, account_id, category_id)


@router.get("/accounts/{account_id}/category-mappings")
def list_category_mappings(account_id: AccountId, services: ServicesDep) -> Page[CategoryMappingAnswer]:
    """Every category of the store."""
    with services.database.reading() as session:
        accounts.get(session, account_id)
        mapped = mappings.category_mappings(session, account_id)
    defaults = {each.category_id: each.path for each in _defaults(account_id, services) if each.removed_at is None}
    paths = {category_id: tuple(path.split(_BETWEEN)) for category_id, path in defaults.items()}
    known = services.lines.store().catalogue.categories()
    items = [
        CategoryMappingAnswer(
            store_category_id=each.id,
            store_category_name=each.name,
            store_path=_BETWEEN.join(store_path_of(each, known)),
            allegro_category_id=mapped.get(each.id),
            allegro_path=defaults.get(mapped.get(each.id, "")),
            suggested_category_id=None if each.id in mapped else suggested(store_path_of(each, known), paths),
        )
        for each in known
    ]
    return Page(items=sorted(items, key=lambda each: each.store_path), next_cursor=None)


@router.put("/accounts/{account_id}/category-mappings")
def save_category_mappings(
    account_id: AccountId, body: CategoryMappings, services: ServicesDep
) -> Page[CategoryMappingAnswer]:
    twice = [
        store_id for store_id, times in Counter(each.store_category_id for each in body.items).items() if times > 1
    ]
    if twice:
        raise FieldRefused("items", f"has store category {twice[0]} more than once")
    usable = {each.category_id for each in _defaults(account_id, services) if each.removed_at is None}
    there = {each.id for each in services.lines.store().catalogue.categories()}
    for at, each in enumerate(body.items):
        if each.store_category_id not in there:
            raise FieldRefused(f"items.{at}.store_category_id", f"{each.store_category_id} is no category of the store")
        if each.allegro_category_id is not None and each.allegro_category_id not in usable:
            why = f"{each.allegro_category_id} is none of the account's default categories: add it to them first"
            raise FieldRefused(f"items.{at}.allegro_category_id", why)
    with services.database.transaction() as session:
        chosen = {each.store_category_id: each.allegro_category_id for each in body.items}
        mappings.map_categories(session, account_id, chosen)
    return list_category_mappings(account_id, services)


def _category(found: Found) -> CategoryAnswer:
    category = found.category
    return CategoryAnswer(id=category.id, name=category.name, path=_BETWEEN.join(found.path), leaf=category.leaf)


def _defaults(account_id: int, services: ServicesDep) -> list[DefaultCategoryAnswer]:
    with services.database.reading() as session:
        account = accounts.get(session, account_id)
        chosen = mappings.default_categories(session, account_id)
    known = services.tree.of(account, [each.category_id for each in chosen])
    return [
        DefaultCategoryAnswer(
            category_id=each.category_id,
            name=known[each.category_id].category.name if each.category_id in known else each.category_id,
            path=_BETWEEN.join(known[each.category_id].path) if each.category_id in known else each.category_id,
            removed_at=each.removed_at,
        )
        for each in chosen
    ]
