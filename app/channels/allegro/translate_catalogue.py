"""Allegro's messages about products of its catalogue in our words. Pure."""

from app.channels.reading import Json
from app.domain.catalogue_products import CatalogueProduct
from app.domain.parameters import ParameterValue


def catalogue_product_from(row: Json) -> CatalogueProduct:
    """Raises `Unreadable` without an id, a name or a category, and for a parameter without an id."""
    category, parameters, safety = row.required("category"), row.rows("parameters"), row.part("productSafety")
    return CatalogueProduct(
        id=row.required_text("id"),
        name=row.required_text("name"),
        category_id=category.required_text("id"),
        similar_category_ids=tuple(each.required_text("id") for each in category.rows("similar")),
        gtins=tuple(
            number
            for parameter in parameters
            if parameter.part("options").flag("isGTIN")
            for number in parameter.texts("values")
        ),
        images=tuple(image.text("url") for image in row.rows("images") if image.text("url")),
        parameters=tuple(map(parameter_value_from, parameters)),
        has_producer=bool(safety.rows("responsibleProducers")),
        has_safety_information=safety.part("safetyInformation").is_object,
        brand_protected=row.flag("hasProtectedBrand"),
    )


def parameter_value_from(parameter: Json) -> ParameterValue:
    """Raises `Unreadable` without an id. Of a dictionary's entries it has the texts, too."""
    span = parameter.part("rangeValue")
    return ParameterValue(
        parameter_id=parameter.required_text("id"),
        entry_ids=parameter.texts("valuesIds"),
        texts=parameter.texts("values"),
        low=span.text("from"),
        high=span.text("to"),
    )
