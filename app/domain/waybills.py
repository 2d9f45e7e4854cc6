"""Parcel numbers: when two are the same one, and what is certainly none."""

LONGEST_WAYBILL = 64


def waybill_key(waybill: str) -> str:
    """What two numbers are compared by: Allegro and the carriers write them in capitals, people do not always."""
    return "".join(waybill.split()).upper()


def waybill_fault(waybill: str) -> str:
    """Why Allegro cannot take the number, as a sentence that names it; "" where that is not certain."""
    if not waybill.strip():
        return "The parcel has no number."
    if len(waybill) > LONGEST_WAYBILL:
        return (
            f"The parcel number {waybill[:LONGEST_WAYBILL]!r}... has {len(waybill)} characters; Allegro takes "
            f"{LONGEST_WAYBILL}."
        )
    if "://" in waybill:
        return f"The parcel number {waybill!r} is the address of a page."
    if any(sign.isspace() or not sign.isprintable() for sign in waybill):
        return f"The parcel number {waybill!r} has blanks or signs that cannot be printed. Write it without them."
    return ""
