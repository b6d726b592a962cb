"""Data files that no form has saved: each is refused with a sentence or seen as a preview, and nothing of any is filed."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from django.db import transaction

from governance.errors import RuleBroken
from stars.models import Assessment, OfflineUpload
from stars.offline import reading
from stars.offline.reading import MAX_FILE, read_content
from tests.stars.offline.clerk import FIRST, SECOND, Clerk

TYPED = {(FIRST, 0): "50", (FIRST, 1): "25.5", (SECOND, 0): "0"}
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 0.5, 1e308, "", " ", "0", "x", "\0", "\ud800", "\x1b[2J", "é" * 300, "０/０/１/０",
    "0/0/1/0", "-1/0/1/0", "0/0/99999999999999999999/0", "0/0/1", "0/0/1/0\n", "../../0", "__proto__", "1e5", "NaN", "=cmd()", "9999-99-99",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2025-02-06T01:00:00", "2025-02-06", [], {}, [[]], {"a": 1}, ["x"] * 50, [None],
]  # fmt: skip
RUNS = 400
Where = tuple[Any, ...]


def odd(random: Random) -> Any:
    return copy.deepcopy(random.choice(ODD))


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def places(data: Any, at: Where = ()) -> Iterator[Where]:
    """Every place in it, the whole first."""
    yield at
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*at, key))


def changed(data: Any, random: Random) -> bytes:
    """One to three things in it are as no form writes them."""
    data = copy.deepcopy(data)
    for _time in range(random.randint(1, 3)):
        data = _one_change(data, random)
    text = json.dumps(data, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    return _bytes_changed(text, random) if random.random() < 0.4 else text


def _one_change(data: Any, random: Random) -> Any:
    at = random.choice(list(places(data)))
    if not at:
        return odd(random) if random.random() < 0.2 else data
    home = data
    for key in at[:-1]:
        home = home[key]
    act = random.choice(("replace", "replace", "delete", "add", "double", "swap"))
    if act == "replace":
        home[at[-1]] = odd(random)
    elif act == "delete":
        del home[at[-1]]
    elif act == "add" and isinstance(home, dict):
        home[str(random.choice(ODD))[:40].encode("utf-8", "replace").decode()] = odd(random)
    elif act == "double" and isinstance(home, list):
        home.insert(0, copy.deepcopy(home[at[-1]]))
    elif act == "swap" and isinstance(home, dict):
        other = random.choice(list(home))
        home[at[-1]], home[other] = home[other], home[at[-1]]
    return data


def _bytes_changed(text: bytes, random: Random) -> bytes:
    at, cut = random.randrange(len(text) + 1), random.randrange(1, 12)
    return random.choice(
        (
            text[:at], text[:at] + text[at + cut :], text[:at] + random.randbytes(cut) + text[at:], text + text, text[:at] + text[at:].upper(),
            b"\xef\xbb\xbf" + text, text.decode("utf-8", "replace").encode("utf-16"), text.replace(b'"', b"'"), b"[" * 2000 + text, text + b"\0",
            text.replace(b'"kind"', b'"kind":1,"kind"', 1), text.replace(b'"50"', b"NaN"), text.replace(b":", b": ", at % 9),
        )
    )  # fmt: skip


def outcome(clerk: Clerk, content: bytes) -> str:
    """What became of it; a fault is anything but a sentence or a preview."""
    kept = OfflineUpload.objects.count()
    try:
        with transaction.atomic():
            upload = clerk.send(content)
    except RuleBroken as broken:
        is_said = has_chinese(broken.message) and OfflineUpload.objects.count() == kept
        return broken.code if is_said else f"fault: {broken.message}"
    except Exception as error:
        return f"fault: {error!r}"
    if any(not has_chinese(one["message"]) for one in upload.mistakes):
        return "fault: a mistake without a sentence"
    return "seen"


def outcomes(clerk: Clerk, runs: int) -> Counter[str]:
    data = clerk.data(TYPED)
    return Counter(outcome(clerk, changed(data, Random(seed))) for seed in range(runs))


def test_whatever_comes_is_refused_or_seen(clerk: Clerk) -> None:
    found = outcomes(clerk, RUNS)
    faults = {one: n for one, n in found.items() if one.startswith("fault")}
    assert not faults
    assert not Assessment.objects.exists()
    assert {"altered", "not_a_data_file", "seen"} <= found.keys()
    print("hostile data files of the offline form:", dict(found.most_common()))


def read(content: bytes) -> str:
    """What the reader alone says."""
    try:
        read_content(content, "a.json")
    except RuleBroken as broken:
        return broken.code
    except Exception as error:
        return f"fault: {error!r}"
    return "read"


def unguarded(value: Any, *_more: Any) -> Any:
    return value


@pytest.mark.parametrize(
    "guard, instead",
    [("_once", dict), *((name, unguarded) for name in ("_of", "_text", "_exactly", "_no_number", "_each_once"))],
)
def test_without_a_guard_some_of_them_get_through(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch, guard: str, instead: Callable[..., Any]
) -> None:
    """The twin: with any one guard away, a file falls over or is read that was refused."""
    data = clerk.data(TYPED)
    files = [changed(data, Random(seed)) for seed in range(4 * RUNS)]
    before = [read(content) for content in files]
    monkeypatch.setattr(reading, guard, instead)
    after = [read(content) for content in files]
    assert any(was != one and (one == "read" or one.startswith("fault")) for was, one in zip(before, after, strict=True))


def altered(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], bytes]:
    def made(data: dict[str, Any]) -> bytes:
        change(data)
        return json.dumps(data).encode()

    return made


@pytest.mark.parametrize(
    "code, made",
    [
        ("not_a_data_file", lambda data: b""),
        ("not_a_data_file", lambda data: b"not json"),
        ("not_a_data_file", lambda data: b"PK\x03\x04"),
        ("not_a_data_file", lambda data: json.dumps(data).encode()[:-3]),
        ("not_a_data_file", lambda data: json.dumps(data).encode("utf-16")),
        ("not_a_data_file", lambda data: b"[" * 100_000),
        ("not_a_data_file", lambda data: b'{"kind": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
        ("not_a_data_file", lambda data: b'{"format": ' + b"9" * 5_000 + b"}"),
        ("not_a_data_file", lambda data: json.dumps(data["cells"]).encode()),
        ("not_a_data_file", altered(lambda data: data.update(kind="other"))),
        ("form_itself", lambda data: b"<!DOCTYPE html><html></html>"),
        ("too_large", lambda data: b" " * (MAX_FILE + 1)),
        ("other_format", altered(lambda data: data.update(format=2))),
        ("altered", altered(lambda data: data.update(format=True))),
        ("altered", altered(lambda data: data.update(extra=1))),
        ("altered", altered(lambda data: data.pop("saved_at"))),
        ("altered", altered(lambda data: data["cells"][0].update(typed=50))),
        ("altered", altered(lambda data: data["cells"][0].update(typed="5" * 201))),
        ("altered", altered(lambda data: data["cells"][0].update(typed="\0"))),
        ("altered", altered(lambda data: data["cells"][0].update(base="viel"))),
        ("altered", altered(lambda data: data["cells"][0].update(at="yesterday"))),
        ("altered", altered(lambda data: data["cells"][0].update(at="2025-02-06T01:00:00"))),  # of no zone
        ("altered", altered(lambda data: data["cells"].append(data["cells"][0]))),
        ("altered", lambda data: json.dumps(data).replace('"50"', "NaN").encode()),
        ("altered", lambda data: json.dumps(data).replace('"format": 1', '"format": 1, "format": 1').encode()),
        ("no_cells", altered(lambda data: data.update(cells=[]))),
        ("other_year", altered(lambda data: data["page"].update(year="2024"))),
        ("other_year", altered(lambda data: data["page"].update(county="140822"))),
        ("other_place", altered(lambda data: data["page"].update(territory="140821102"))),
        ("other_quarter", altered(lambda data: data["page"].update(quarter="1"))),
        ("other_quarter", altered(lambda data: data["page"].update(quarter="4"))),
        ("older_policy", altered(lambda data: data["page"].update(policy="0" * 64))),
        ("unknown_cell", altered(lambda data: data["cells"][0].update(cell="0/11/1/0"))),
        ("unknown_cell", altered(lambda data: data["cells"][0].update(cell=data["cells"][0]["cell"][:-1] + "3"))),
        ("not_your_village", altered(lambda data: data["cells"][0].update(cell="0/0/999999999/0"))),
        ("not_your_village", altered(lambda data: data["cells"][0].update(cell=f"0/0/{2**63 - 1}/0"))),
        ("altered", altered(lambda data: data["cells"][0].update(cell=f"0/0/{2**63}/0"))),
    ],
)  # fmt: skip
def test_each_oddity_has_its_sentence(clerk: Clerk, code: str, made: Callable[[dict[str, Any]], bytes]) -> None:
    assert outcome(clerk, made(clerk.data(TYPED))) == code
    assert not OfflineUpload.objects.exists()


def test_a_village_next_door(clerk: Clerk) -> None:
    """zhao's village in liu's file."""
    data = clerk.data(TYPED)
    data["cells"][0]["cell"] = f"0/0/{clerk.county.post('140821102201').pk}/0"
    assert outcome(clerk, json.dumps(data).encode()) == "not_your_village"


def test_without_the_question_whose_village_it_is_it_would_come_to_a_preview(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin; the service that saves would still refuse it."""
    monkeypatch.setattr(reading, "require_page", lambda file, grid: None)
    monkeypatch.setattr("stars.offline.uploads.require_page", lambda file, grid: None)
    data = clerk.data(TYPED)
    data["cells"][0]["cell"] = f"0/0/{clerk.county.post('140821102201').pk}/0"
    assert outcome(clerk, json.dumps(data).encode()) == "seen"


def test_a_policy_that_changed_after_the_upload(clerk: Clerk) -> None:
    upload = clerk.send(clerk.data(TYPED))
    digest = clerk.county.rating_year.policy.digest.encode()
    upload.workbook = bytes(upload.workbook).replace(digest, b"0" * 64)  # as if it had been of the one before
    upload.save()
    with pytest.raises(RuleBroken) as broken:
        clerk.apply(upload)
    assert broken.value.code == "older_policy"
