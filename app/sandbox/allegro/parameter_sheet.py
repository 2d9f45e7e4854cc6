"""What a body says for the parameters of a category, and what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from app.sandbox.allegro.category_parameters import parameters_of
from app.sandbox.allegro.problems import Problem

Body = dict[str, Any]
Section = Literal["product", "offer"]

_NAMES: Mapping[Section, str] = {"product": "productSet", "offer": "offer"}


class _Unfit(Exception):
    """Why a parameter does not take what was sent: a code where there is one of its own, English and Polish words."""

    def __init__(self, message: str, told: str, code: str = "", **metadata: str) -> None:
        super().__init__(message)
        self.code, self.message, self.told, self.metadata = code, message, told, metadata


class ParameterSheet:
    """`values` are the ids of entries, or texts (two for a range), by the parameter's id."""

    def __init__(self, category_id: str, known: Mapping[str, tuple[str, ...]]) -> None:
        """`known` is what the catalogue says of the product already."""
        self.category_id = category_id
        self.parameters = {each["id"]: each for each in parameters_of(category_id)}
        self.values: dict[str, tuple[str, ...]] = dict(known)
        self.problems: list[Problem] = []
        self._refused: set[str] = set()

    def take(self, sent: Iterable[Body], section: Section, path: str) -> list[Body]:
        """Note what was sent in one section, and give it back as answers show it."""
        shown = []
        for each in sent:
            parameter = self._called(each, path)
            if parameter is None:
                continue
            if parameter["options"]["describesProduct"] != (section == "product"):
                self._misplaced(parameter, section, path)
                continue
            try:
                values, written = _read(parameter, each)
            except _Unfit as unfit:
                self._refused.add(parameter["id"])
                self._unfit(parameter, unfit, section, path)
                continue
            if values:
                self.values[parameter["id"]] = values
                shown.append({"id": parameter["id"], "name": parameter["name"], "rangeValue": None, **written})
        return shown

    def close(self, paths: Mapping[Section, str], *, new_product: bool) -> None:
        """Look at what depends on other parameters, and at what is lacking in the sections that `paths` names."""
        for section, path in paths.items():
            lacking: list[Body] = []
            for parameter in self.parameters.values():
                if parameter["options"]["describesProduct"] != (section == "product"):
                    continue
                if parameter["id"] in self.values:
                    self._check_dependence(parameter, section, path)
                elif parameter["id"] not in self._refused and self._is_asked_for(parameter, new_product=new_product):
                    lacking.append(parameter)
            if lacking:
                self.problems.append(
                    Problem(
                        "ConstraintViolationException.MissingRequiredParameters",
                        path,
                        f"Missing required parameters: {', '.join(each['id'] for each in lacking)}",
                        f"Uzupełnij parametry obowiązkowe: {', '.join(each['name'] for each in lacking)}.",
                        missing=True,
                    )
                )

    def _called(self, sent: Body, path: str) -> Body | None:
        if sent.get("id") is not None:
            found = self.parameters.get(sent["id"])
            kind, key, named = "ParameterIdNotFoundException", "parameterId", sent["id"]
        else:
            found = next((each for each in self.parameters.values() if each["name"] == sent.get("name")), None)
            kind, key, named = "ParameterNameNotFoundException", "parameterName", str(sent.get("name"))
        if found is None:
            told = f"Nie znaleziono parametru {named} w kategorii {self.category_id}."
            metadata = {key: named, "categoryId": self.category_id}
            self.problems.append(Problem(kind, path, "Unprocessable Entity", told, metadata))
        return found

    def _misplaced(self, parameter: Body, section: Section, path: str) -> None:
        told = f"Parametr `{parameter['id']}:{parameter['name']}` nie powinien być podany w sekcji `{_NAMES[section]}`."
        metadata = {
            "parameterId": parameter["id"],
            "parameterName": parameter["name"],
            "requestedParameterType": _NAMES[section],
        }
        self.problems.append(Problem("ParameterCategoryException", path, "Unprocessable Entity", told, metadata))

    def _unfit(self, parameter: Body, unfit: _Unfit, section: Section, path: str) -> None:
        usual = "ProductValidationException" if section == "product" else "VALIDATION_ERROR"
        self.problems.append(
            Problem(
                unfit.code or usual,
                path,
                f"{unfit.message} in parameter {parameter['name']} ({parameter['id']}).",
                f"Parametr {parameter['name']} ({parameter['id']}): {unfit.told}.",
                {"parameterId": parameter["id"], "parameterName": parameter["name"], **unfit.metadata},
            )
        )

    def _check_dependence(self, parameter: Body, section: Section, path: str) -> None:
        if parameter["displayedIf"] is not None and not self._holds(parameter["displayedIf"]):
            self._unfit(
                parameter, _Unfit("Value not expected", "nie może być podany przy tych wartościach"), section, path
            )
        deciding = self.values.get(parameter["options"]["dependsOnParameterId"] or "", ())
        for entry in parameter.get("dictionary", ()):
            depends_on = entry["dependsOnValueIds"]
            if entry["id"] in self.values[parameter["id"]] and depends_on and not set(depends_on) & set(deciding):
                unfit = _Unfit(f"Value {entry['id']} not allowed", f"wartość {entry['value']} nie jest tu dozwolona")
                self._unfit(parameter, unfit, section, path)

    def _is_asked_for(self, parameter: Body, *, new_product: bool) -> bool:
        if not (parameter["required"] or (new_product and parameter["requiredForProduct"])):
            return False
        return all(
            parameter[condition] is None or self._holds(parameter[condition])
            for condition in ("requiredIf", "displayedIf")
        )

    def _holds(self, condition: Body) -> bool:
        return all(
            set(each["oneOfValueIds"]) & set(self.values.get(each["id"], ()))
            for each in condition["parametersWithValue"]
        ) and not any(each["id"] in self.values for each in condition.get("parametersWithoutValue", ()))


def _read(parameter: Body, sent: Body) -> tuple[tuple[str, ...], Body]:
    """The values, and how answers show them; none for a parameter that is left empty. Raises _Unfit."""
    texts, ids, span = sent.get("values") or [], sent.get("valuesIds") or [], sent.get("rangeValue")
    if not texts and not ids and span is None:
        return (), {}
    limits = parameter["restrictions"]
    if parameter["type"] == "dictionary":
        return _entries(parameter, texts, ids)
    if ids:
        raise _Unfit("Value ids not expected", "nie ma słownika wartości")
    if (span is not None) != bool(limits.get("range")):
        raise _Unfit("A range is expected or not", "nieprawidłowy zakres")
    if span is not None:
        ends = tuple(str(span.get(end)) for end in ("from", "to"))
        low, high = (_number(parameter, end) for end in ends)
        if low > high:
            raise _Unfit("The range is upside down", "początek zakresu jest większy niż koniec")
        return ends, {"values": [], "valuesIds": [], "rangeValue": dict(span)}
    if len(texts) > limits.get("allowedNumberOfValues", 1):
        raise _Unfit("Too many values", "za dużo wartości")
    for text in texts:
        _check_text(parameter, text)
    return tuple(texts), {"values": list(texts), "valuesIds": []}


def _check_text(parameter: Body, text: str) -> None:
    if parameter["type"] != "string":
        _number(parameter, text)
        return
    limits = parameter["restrictions"]
    if len(text) > limits["maxLength"]:
        raise _Unfit("Value too long", f"wartość jest za długa (maks. {limits['maxLength']} znaków)")
    if len(text) < limits["minLength"]:
        raise _Unfit("Value too short", f"wartość jest za krótka (min. {limits['minLength']} znaków)")


def _number(parameter: Body, text: str) -> Decimal:
    limits = parameter["restrictions"]
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _Unfit("Value is not a number", "wartość nie jest liczbą") from error
    if not number.is_finite():
        raise _Unfit("Value is not a number", "wartość nie jest liczbą")
    decimals = max(0, -int(number.as_tuple().exponent))
    if decimals > limits.get("precision", 0):
        raise _Unfit("Too many decimals", f"za dużo miejsc po przecinku (maks. {limits.get('precision', 0)})")
    if not Decimal(str(limits["min"])) <= number <= Decimal(str(limits["max"])):
        raise _Unfit("Value out of range", f"wartość spoza zakresu od {limits['min']} do {limits['max']}")
    return number


def _entries(parameter: Body, texts: Sequence[str], ids: Sequence[str]) -> tuple[tuple[str, ...], Body]:
    labels = {entry["id"]: entry["value"] for entry in parameter["dictionary"]}
    other = parameter["options"]["ambiguousValueId"]
    chosen, own = list(ids), list(texts)
    if not ids:
        by_label = {label: entry_id for entry_id, label in labels.items()}
        for text in texts:
            if text not in by_label:
                raise _Unfit(
                    f"Value {text} not found",
                    f"nie znaleziono wartości {text}",
                    "DictionaryParameterValueNotFound",
                    requestedDictionaryValue=text,
                )
        chosen, own = [by_label[text] for text in texts], []
    for entry_id in chosen:
        if entry_id not in labels:
            raise _Unfit(
                f"Value id {entry_id} not found", f"nie znaleziono wartości {entry_id}", "DictionaryParameterIdNotFound"
            )
    if len(chosen) > 1 and not parameter["restrictions"]["multipleChoices"]:
        raise _Unfit("Too many values", "można wybrać jedną wartość")
    if other is not None and other in chosen and not own:
        raise _Unfit(
            "The value's own text is missing", "podaj własną wartość", "EmptyCustomValueOnAmbiguousValueException"
        )
    if own and len(own) != len(chosen) and other not in chosen:
        raise _Unfit(
            "Values and ids do not match", "liczba wartości się nie zgadza", "DictionaryParameterIdsAndValuesNotMatch"
        )
    values = own if other in chosen else [labels[entry_id] for entry_id in chosen]
    return tuple(chosen), {"values": values, "valuesIds": chosen}
