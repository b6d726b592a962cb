"""What a document defines so far, for the drop-downs of its forms; it need not be sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stars.engine.vocabulary import MONTHS
from stars.studio.controls import Options, as_typed

GIVEN = ("facts", "roster", "history", "linked")


class Names:
    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body

    def chapter(self, name: str) -> dict[str, Mapping[str, Any]]:
        chapter = self.body.get(name)
        return (
            {as_typed(key): one for key, one in chapter.items() if isinstance(one, Mapping)}
            if isinstance(chapter, Mapping)
            else {}
        )

    def titled(self, name: str) -> Options:
        return [(key, str(one.get("title") or key)) for key, one in self.chapter(name).items()]

    def periods(self, sheet: Mapping[str, Any]) -> int:
        months, own = (MONTHS.get(str(one.get("every")), 12) for one in (self.body, sheet))
        return max(months // own, 1)

    def refs(self, but_for: str = "") -> Options:
        """What a step may name: other steps, sheets of one period with their indicators, events, what is given."""
        found = [one for one in self.titled("steps") if one[0] != but_for]
        found += self._of_sheets()
        for key, title in self.titled("events"):
            found += [(f"events.{key}", title), (f"events.{key}.count", f"{title} ×")]
        for chapter in GIVEN:
            found += [(f"{chapter}.{key}", title) for key, title in self.titled(chapter)]
        return found

    def _of_sheets(self) -> Iterator[tuple[str, str]]:
        for key, sheet in self.chapter("sheets").items():
            if self.periods(sheet) == 1:
                title = str(sheet.get("title") or key)
                yield key, title
                items = sheet.get("indicators")
                for name, one in items.items() if isinstance(items, Mapping) else ():
                    yield f"{key}.{name}", f"{title} · {one.get('title', name) if isinstance(one, Mapping) else name}"

    def sheets(self) -> Options:
        return self.titled("sheets")

    def tests(self) -> Options:
        return [(key, str(one.get("title") or key)) for key, one in self.chapter("steps").items() if "test" in one]

    def words(self, scale: str = "") -> Options:
        """Of one scale, or of all."""
        found: Options = []
        for key, one in self.chapter("scales").items():
            words = one.get("words")
            if (not scale or scale == key) and isinstance(words, Mapping):
                found += [(as_typed(word), str(title)) for word, title in words.items()]
        return found

    def parameters(self) -> Options:
        return [
            (f"${key}", f"{one.get('title') or key} {as_typed(one.get('value'))}")
            for key, one in self.chapter("parameters").items()
        ]

    def unused(self, chapter: str, stem: str) -> str:
        """A name that nothing there has; steps and sheets share theirs."""
        taken = {
            as_typed(key)
            for one in ({"steps", "sheets"} if chapter in ("steps", "sheets") else {chapter})
            for key in self.chapter(one)
        }
        return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}_{n}") not in taken)
