"""The file that goes where there is no network: whole in itself, of exactly one page, and nothing of anybody's session."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import pytest

from stars.offline.form import checks_of, page_of
from tests.stars.offline.clerk import FIRST, SECOND, Clerk, said_in

NAMESPACE = "http://www.w3.org/2000/svg"  # a name, never fetched


class Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.inside = tag if tag == "style" or (tag == "script" and not attrs) else ""
        if self.inside:
            self.texts[tag].append("")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[self.inside][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def policy_of(reader: Reader) -> dict[str, list[str]]:
    (text,) = [value for tag, name, value in reader.attributes if tag == "meta" and name == "content" and "default-src" in value]
    return {words[0]: words[1:] for words in (one.split() for one in text.split(";"))}


def outside(text: str) -> list[str]:
    """What of a file would be fetched from elsewhere."""
    reader = Reader(text)
    linked = [
        (tag, name, value)
        for tag, name, value in reader.attributes
        if name in ("src", "href", "action", "formaction", "srcset", "style")
    ]
    foreign = [one for one in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[\w/.-]*", text) if one != NAMESPACE]
    urls = [one for one in re.findall(r"url\(([^)]*)\)|@import", text) if not one.strip("\"'").startswith("data:")]
    return [f"{tag} {name}={value}" for tag, name, value in linked if not value.startswith("#")] + foreign + urls


def test_it_is_whole_in_itself(clerk: Clerk) -> None:
    assert outside(clerk.html()) == []


@pytest.mark.parametrize(
    "added",
    ['<script src="/static/js/app.js"></script>', '<link href="https://fonts.example/x.css">', "<style>a{background:url(/x.png)}</style>",
     "<script>fetch('//county.example/cells')</script>", '<i style="color:red"></i>', "<style>@import 'x.css'</style>"],
)  # fmt: skip
def test_what_asks_for_something_elsewhere_is_found(clerk: Clerk, added: str) -> None:
    """The twin."""
    assert outside(clerk.html().replace("</head>", f"{added}</head>"))


def test_its_own_policy_allows_nothing_but_what_it_carries(clerk: Clerk) -> None:
    reader = Reader(clerk.html())
    policy = policy_of(reader)
    digests = {
        kind: [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]
        for kind, texts in reader.texts.items()
    }
    assert policy == {
        "default-src": ["'none'"], "script-src": digests["script"], "style-src": digests["style"], "img-src": ["data:"],
        "base-uri": ["'none'"], "form-action": ["'none'"],
    }  # fmt: skip
    assert len(digests["script"]) == 4


def test_it_says_which_page_it_is(clerk: Clerk) -> None:
    clerk.save(FIRST, [5000, 2000, 500])
    about = said_in(clerk.html(), "offline-page")
    assert about["page"] == page_of(clerk.grid())
    assert about["page"] | {"policy": "", "versions": {}} == {
        "county": "140821", "year": "2025", "territory": "140821101", "quarter": "0", "policy": "", "versions": {},
    }  # fmt: skip
    assert about["page"]["versions"]["0/0"] == "1"
    assert about["file_name"].endswith(".json")


def test_the_same_sheet(clerk: Clerk) -> None:
    """Rows, caps, what is filed, what is locked or not meant for a village; the three days."""
    clerk.save(FIRST, [5000, 0, -32767])
    text = clerk.html()
    fields = dict(re.findall(r'<input type="text" name="([^"]+)" value="([^"]*)"', text))
    cells = [cell for row in clerk.grid().rows for cell in row.cells]
    assert fields == {cell.key: cell.text for cell in cells if cell.editable}
    assert [fields[clerk.key(FIRST, place)] for place in range(3)] == ["50", "0", "不适用"]
    assert clerk.key(SECOND, 2) not in fields
    assert clerk.key(FIRST, 0, period=2) not in fields  # March is not open yet
    for word in ("嵋阳甲村", "嵋阳乙村", "嵋阳丙村", "支部建设", "尚未上报"):
        assert word in text
    assert text.count("<dt>") == 3 * 3


def test_it_carries_nothing_of_a_session(clerk: Clerk) -> None:
    text = clerk.html()
    for word in ("csrf", "sessionid", "liu", "刘嵋阳", "data-person", "临晋"):
        assert word not in text


def test_whatever_a_name_holds_stays_text(clerk: Clerk) -> None:
    place = clerk.county.cast.places[FIRST]
    place.name = place.short_name = "</script><b>甲&村"
    place.save()
    text = clerk.html()
    assert "<b>甲" not in text
    assert html.escape(place.short_name) in text
    window = checks_of(clerk.grid())["windows"]["0/0"]
    assert said_in(text, "offline-checks")["windows"]["0/0"]["rows"] == json.loads(json.dumps(window["rows"]))


def test_blank_zero_and_not_applicable_are_three_things(clerk: Clerk) -> None:
    clerk.save(FIRST, [-32768, 0, -32767])
    checks = checks_of(clerk.grid())
    row = checks["windows"]["0/0"]["rows"][str(clerk.county.post(FIRST).pk)]
    assert row["scores"] == [checks["not_filed"], 0, checks["not_applicable"]]
    assert row["asked"] == [0, 1, 2]
    assert checks["windows"].keys() == {"0/0", "0/1"}
