"""The office of a place as a unit: made when the place is first charged with something."""

from __future__ import annotations

from collections.abc import Iterable

from governance.models import Territory, Unit

LONGEST_NUMBER = 18


def office_of(place: Territory) -> Unit:
    return offices_of([place])[place.pk]


def offices_of(places: Iterable[Territory]) -> dict[int, Unit]:
    """By the place's id."""
    wanted = {place.pk: place for place in places}
    held = _offices(wanted)
    new = [place for pk, place in wanted.items() if pk not in held]
    if new:
        made = [
            Unit(
                territory=place, kind=Unit.Kind.PLACE, name=place.name, short_name=place.short_name[:40], from_on=place.valid_from
            )
            for place in new
        ]
        Unit.objects.bulk_create(made, ignore_conflicts=True)  # two at once: the second finds the first one's
        held = _offices(wanted)
    return held


def chosen_unit(word: str) -> Unit | None:
    """Of a drop-down that offers units ("u12") and places whose office may not be on record yet ("t345"); None for anything else."""
    letter, number = word[:1], word[1:]
    if not number.isdecimal() or len(number) > LONGEST_NUMBER:
        return None
    if letter == "u":
        return Unit.objects.select_related("territory").filter(pk=int(number)).first()
    place = Territory.objects.filter(pk=int(number), valid_to=None).first() if letter == "t" else None
    return office_of(place) if place else None


def _offices(wanted: Iterable[int]) -> dict[int, Unit]:
    found = Unit.objects.filter(territory__in=wanted, kind=Unit.Kind.PLACE, until_on=None).select_related("territory")
    return {unit.territory_id: unit for unit in found}
