"""A township of many villages, for what needs numbers."""

from __future__ import annotations

from collections.abc import Sequence

from governance.duties import Duty
from governance.models import Person, Post, Territory
from tests.cast import SINCE, Cast

TOWNSHIP = "140821101"


def add_villages(cast: Cast, names: Sequence[str], people: Sequence[str], *, first: int = 301) -> list[Territory]:
    """Before the year is opened; of the kind that every item is for. Their secretaries are in `cast` too."""
    township = cast.places[TOWNSHIP]
    villages = Territory.objects.bulk_create(
        Territory(
            path=f"{TOWNSHIP}{number}", code=f"{TOWNSHIP}{number}", level=5, parent=township, name=name, short_name=name,
            kind=Territory.Kind.VILLAGE, village_type="industry", valid_from=SINCE,
        )
        for number, name in enumerate(names, first)
    )  # fmt: skip
    persons = Person.objects.bulk_create(
        Person(name=name, sex="m", territory=village) for name, village in zip(people, villages, strict=True)
    )
    posts = Post.objects.bulk_create(
        Post(person=person, territory=village, duty=Duty.SECRETARY, from_on=SINCE)
        for person, village in zip(persons, villages, strict=True)
    )
    cast.places |= {village.path: village for village in villages}
    cast.secretaries |= {post.territory.path: post for post in posts}
    return villages
