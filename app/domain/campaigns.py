"""Allegro's campaigns, which set or lower what buyers pay for an offer, whatever price the offer has."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CampaignsRead:
    """The offers whose price a campaign sets or lowers now or soon, by id, with the campaign's name.

    `unknown` says, a sentence for each, which campaigns could not be read and why: other offers may be in those.
    """

    offers: Mapping[str, str]
    unknown: tuple[str, ...]
