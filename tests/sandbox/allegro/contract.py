"""Checks messages against Allegro's own API document, where that lies beside the checkout.

The document is OpenAPI 3.0 and has quirks. Nulls: real answers have them in optional members that are not marked
nullable, so null members are dropped before checking. Unknown members: it never forbids them, so a misspelt name
would pass; here they are forbidden wherever the document says which members there are. Empty order pages: it asks
for a count of at least 1, which the real API does not keep.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

DOCUMENT = Path(__file__).resolve().parents[4] / "shared" / "allegro" / "openapi.yaml"
_MEDIA_TYPES = ("application/vnd.allegro.public.v1+json", "application/vnd.allegro.beta.v1+json", "application/json")
_IN_PLACE = ("allOf", "oneOf", "anyOf")
_OF_AN_OBJECT = {"type", "properties", "required", "description", "example"}
_COPIED = (
    "enum",
    "format",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minItems",
    "minLength",
    "pattern",
    "required",
    "type",
)
# Not in the document, yet any operation answers with them.
_UNDOCUMENTED = frozenset({401, 403, 404, 406, 415, 422, 429, 500, 503})
# How the text of a parameter is meant; what fits no type is left as text, which then does not fit.
_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": int,
    "boolean": lambda text: {"true": True, "false": False}.get(text, text),
}

Json = dict[str, Any]


@cache
def _document() -> Json:
    if not DOCUMENT.exists():
        pytest.skip("the Allegro document is not beside this checkout")
    with DOCUMENT.open(encoding="utf-8") as stream:
        document: Json = yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for member in ("count", "totalCount"):
        document["components"]["schemas"]["CheckoutForms"]["properties"][member]["minimum"] = 0
    return document


def _converted(schema: Json, *, closed: bool) -> Json:
    """JSON Schema 2020-12 for an OpenAPI 3.0 schema; `closed` forbids members that it does not name."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return {"$ref": f"#/$defs/{'closed' if closed else 'open'}-{name}"}
    if closed:
        schema = _in_one(schema)
    result: Json = {key: schema[key] for key in _COPIED if key in schema}
    if "properties" in schema:
        result["properties"] = {name: _converted(each, closed=True) for name, each in schema["properties"].items()}
    if "items" in schema:
        result["items"] = _converted(schema["items"], closed=True)
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _converted(schema["additionalProperties"], closed=True)
    for applicator in _IN_PLACE:
        if applicator in schema:
            result[applicator] = [_converted(each, closed=False) for each in schema[applicator]]
    named = "properties" in schema or any(applicator in schema for applicator in _IN_PLACE)
    if closed and named and "additionalProperties" not in schema and not _has_variants(schema):
        result["unevaluatedProperties"] = False
    return {"anyOf": [result, {"type": "null"}]} if schema.get("nullable") else result


def _in_one(schema: Json) -> Json:
    """An object that is put together out of several, as one: two of them may each name some members of one member."""
    parts = [_in_one(_resolved(part)) for part in schema.get("allOf", [])]
    if not all(part.keys() <= _OF_AN_OBJECT and part.get("type", "object") == "object" for part in parts):
        return schema
    whole = [{key: value for key, value in schema.items() if key != "allOf"}, *parts]
    members: dict[str, list[Json]] = {}
    for part in whole:
        for name, member in part.get("properties", {}).items():
            members.setdefault(name, []).append(member)
    if not parts or not members:
        return schema
    return {
        **whole[0],
        "type": "object",
        "required": [name for part in whole for name in part.get("required", [])],
        "properties": {name: each[0] if len(each) == 1 else {"allOf": each} for name, each in members.items()},
    }


def _has_variants(schema: Json) -> bool:
    """Whether the members depend on a discriminator, be it behind a wrapper of one `allOf`."""
    only = schema.get("allOf", [])
    if len(only) == 1 and "$ref" in only[0]:
        return _has_variants(_resolved(only[0]))
    return "discriminator" in schema


@cache
def _definitions() -> Json:
    schemas: Json = _document()["components"]["schemas"]
    return {
        f"{word}-{name}": _converted(schema, closed=word == "closed")
        for name, schema in schemas.items()
        for word in ("open", "closed")
    }


def _without_nulls(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _without_nulls(value) for name, value in body.items() if value is not None}
    if isinstance(body, list):
        return [_without_nulls(value) for value in body]
    return body


def _check(schema: Json, body: Any) -> None:
    validator = jsonschema.Draft202012Validator(
        {**_converted(schema, closed=True), "$defs": _definitions()}, format_checker=jsonschema.FormatChecker()
    )
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(_without_nulls(body))]
    assert not problems, "\n".join(problems)


def _operation(method: str, path_template: str) -> Json:
    operation: Json = _document()["paths"][path_template][method.lower()]
    return operation


def _schema(content: Json) -> Json | None:
    return next((content[media]["schema"] for media in _MEDIA_TYPES if media in content), None)


def check_response(method: str, path_template: str, status: int, body: Any) -> None:
    """Assert that the operation may answer this; `path_template` as in the document, body None for none.

    Skips the calling test where the document is absent.
    """
    responses = _operation(method, path_template)["responses"]
    documented = responses.get(str(status))
    assert documented is not None or status in _UNDOCUMENTED, f"{method} {path_template} does not answer {status}"
    schema = _schema((documented or {}).get("content", {}))
    if schema is not None:
        _check(schema, body)
    elif body is not None and status >= 400:
        _check({"$ref": f"#/components/schemas/{'AuthError' if status == 401 else 'ErrorsHolder'}"}, body)
    else:
        assert body is None, f"{method} {path_template} answers {status} without a body"


def check_schema(name: str, body: Any) -> None:
    """Assert that a body fits one schema of the document: one that stands behind a discriminator, say."""
    _document()
    _check({"$ref": f"#/components/schemas/{name}"}, body)


def check_request(method: str, path_template: str, body: Any) -> None:
    """Assert that the operation takes this body (None for none). Skips the calling test without the document."""
    schema = _schema(_resolved(_operation(method, path_template).get("requestBody", {})).get("content", {}))
    if schema is None:
        assert body is None, f"{method} {path_template} takes no JSON body"
    else:
        _check(schema, body)


def check_query(method: str, path_template: str, query: dict[str, str]) -> None:
    """Assert that the operation knows each parameter and takes its value. Skips without the document."""
    known = {each["name"]: each for each in map(_resolved, _operation(method, path_template).get("parameters", []))}
    for name, text in query.items():
        parameter = known.get(name)
        assert parameter is not None, f"{method} {path_template} has no {name}"
        assert parameter["in"] == "query"
        schema = parameter["schema"]
        single = schema["items"] if schema.get("type") == "array" else schema
        read = _READERS.get(single.get("type"), str)
        _check(single, read(text))


def _resolved(part: Json) -> Json:
    while "$ref" in part:
        kind, name = part["$ref"].split("/")[-2:]
        part = _document()["components"][kind][name]
    return part
