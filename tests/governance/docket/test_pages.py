"""The docket's pages: what concerns me, filters, acts one by one and together, evidence; and nothing of a stranger's."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from governance.docket.acts import RULES, act_on
from governance.docket.demands import Said
from governance.docket.evidence import MOST_BYTES
from governance.docket.places import office_of
from governance.models import DocketFile, DocketItem
from tests.governance.docket.office import AT, DAY, HOUR, Offices, answered, join, raised, verified

LIST = "/docket/"
State = DocketItem.State


@pytest.fixture
def page(offices: Offices, client: Client):
    def sign_in(who: str) -> Client:
        client.force_login(offices[who], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def item_url(item: DocketItem) -> str:
    return reverse("governance:docket_item", args=[item.pk])


def post(client: Client, item: DocketItem, act: str, **more: object):
    return client.post(item_url(item), {"act": act, "version": item.version, **more})


def test_an_empty_list_speaks_of_matters(offices: Offices, page) -> None:
    text = page("min").get(LIST).content.decode()
    assert "没有待您处理的事项" in text and "<details" in text


# ---- the list ------------------------------------------------------------------------------------


def shown(client: Client, query: str = "") -> set[str]:
    text = client.get(f"{LIST}?{query}").content.decode()
    return set(re.findall(r'name="item" value="\d+:\d+" ?><span>([^<]*)<', text))


def test_it_shows_whose_turn_it_is(offices: Offices, page) -> None:
    raised(offices)
    title = {"清理田间废弃物"}
    assert shown(page("dai")) == title and shown(page("min")) == set()
    assert shown(page("chen")) == set() and shown(page("chen"), "show=all") == title
    assert shown(page("chen"), "show=checked") == title


@pytest.mark.parametrize(("who", "sees"), [("dai", True), ("min", False), ("chen", False)])
def test_home_lists_what_waits(offices: Offices, page, who: str, sees: bool) -> None:
    item = raised(offices)
    text = page(who).get("/").content.decode()
    assert (f'href="{item_url(item)}"' in text) == sees
    assert not (sees and "暂无待办" in text)


def test_home_lists_the_first_and_counts_the_rest(offices: Offices, page) -> None:
    for number in range(11):
        raised(offices, subject=str(number))
    text = page("dai").get("/").content.decode()
    assert text.count('class="todo ') == 11 and "待您处理的事项共 11 件" in text


def test_helpers_see_it(offices: Offices, page) -> None:
    raised(offices, helpers=[offices.finance])
    assert shown(page("min"), "show=helped") == {"清理田间废弃物"} and shown(page("min")) == set()


@pytest.mark.parametrize("who", ["tang", "geng", "zhao", "liu", "min", "huo"])
def test_a_stranger_sees_nothing(offices: Offices, page, who: str) -> None:
    item = raised(offices)
    for query in ("show=all", f"show=all&unit={offices.agriculture.pk}", "show=all&q=清理"):
        assert shown(page(who), query) == set()
    assert page(who).get(item_url(item)).status_code == 404
    text = page(who).get(f"{LIST}?show=all").content.decode()
    assert "农业农村局" not in text


def test_a_township_sees_its_own_alone(offices: Offices, page) -> None:
    raised(offices, offices.township)
    assert shown(page("liu")) == {"清理田间废弃物"} and shown(page("zhao"), "show=all") == set()


@pytest.mark.parametrize(
    ("days", "light", "overdue"), [(0, "green", False), (12, "amber", False), (30, "red", True)],
)  # fmt: skip
def test_lights_and_filters_agree(offices: Offices, page, time_machine, days: int, light: str, overdue: bool) -> None:
    raised(offices)
    time_machine.move_to(AT + days * DAY)
    client = page("dai")
    for one in ("green", "amber", "red", "none"):
        assert bool(shown(client, f"show=all&light={one}")) == (one == light)
    assert bool(shown(client, "show=all&overdue=on")) == overdue
    assert f'"id":{DocketItem.objects.get().pk}' in client.get(f"/api/v1/docket/?light={light}").content.decode().replace(" ", "")


def test_the_number_in_the_menu_is_what_waits(offices: Offices, page) -> None:
    raised(offices)
    assert '<span class="count">1</span>' in page("dai").get(LIST).content.decode()
    assert '<span class="count">' not in page("min").get(LIST).content.decode()


def test_a_list_costs_the_same_however_long(offices: Offices, page, django_assert_max_num_queries) -> None:
    for _time in range(20):
        raised(offices)
    client = page("dai")
    with django_assert_max_num_queries(11):
        client.get(LIST)


# ---- one item ------------------------------------------------------------------------------------


def test_from_the_page_from_accepted_to_struck_off(offices: Offices, page, time_machine) -> None:
    time_machine.move_to(AT)
    item = raised(offices)
    assert post(page("dai"), item, "accept").status_code == 302
    item.refresh_from_db()
    photo = SimpleUploadedFile("照片.png", b"\x89PNG\r\n\x1a\n...")
    assert post(page("dai"), item, "answer", text="已清理", proof=[photo]).status_code == 302
    for act in ("verify", "strike_off"):
        item.refresh_from_db()
        assert post(page("chen"), item, act).status_code == 302
    item.refresh_from_db()
    assert item.state == State.STRUCK_OFF
    assert "照片.png" in page("chen").get(item_url(item)).content.decode()


def test_a_refusal_stands_on_the_form(offices: Offices, page) -> None:
    item = raised(offices)
    join(offices, "chen", offices.agriculture)
    item = act_on(item.pk, "accept", Said(), by=offices["chen"], at=AT)
    answer = post(page("chen"), item, "withdraw", text="不用了")
    assert answer.status_code == 422 and "陈临猗" in answer.content.decode()
    assert DocketItem.objects.get().state == State.ACCEPTED


@pytest.mark.parametrize("act", ["verify", "strike_off"])
def test_nobody_strikes_off_his_own_work_on_the_page_or_together(offices: Offices, page, act: str) -> None:
    join(offices, "chen", offices.agriculture)
    item = raised(offices)
    act_on(item.pk, "accept", Said(), by=offices["chen"], at=AT)
    DocketItem.objects.filter(pk=item.pk).update(state=min(RULES[act].before))
    item.refresh_from_db()
    assert post(page("chen"), item, act).status_code == 422
    answer = page("chen").post(f"{LIST}?show=all", {"act": act, "item": f"{item.pk}:{item.version}"})
    assert answer.status_code == 422 and "陈临猗" in answer.content.decode()
    assert DocketItem.objects.get().state == min(RULES[act].before)


def test_it_shows_only_acts_that_are_mine(offices: Offices, page) -> None:
    item = raised(offices)

    def buttons(who: str) -> set[str]:
        return set(re.findall(r'name="act" value="(\w+)"', page(who).get(item_url(item)).content.decode()))

    assert buttons("dai") == {"accept", "return", "ask_extension"}
    assert buttons("chen") == {"assign", "withdraw", "pause", "extend", "urge"}
    assert buttons("an") == set()


def test_a_second_press_on_the_page(offices: Offices, page) -> None:
    item = raised(offices)
    for _time in range(2):
        assert post(page("chen"), item, "urge", text="请抓紧").status_code == 302
    assert DocketItem.objects.get().urgings == 1


# ---- several -------------------------------------------------------------------------------------


def test_several_each_with_its_outcome(offices: Offices, page) -> None:
    fit, unfit = verified(offices), answered(offices)
    ticked = [f"{one.pk}:{one.version}" for one in (fit, unfit)]
    answer = page("chen").post(f"{LIST}?show=all", {"act": "strike_off", "item": ticked})
    assert answer.status_code == 422
    fit.refresh_from_db(), unfit.refresh_from_db()
    assert (fit.state, unfit.state) == (State.STRUCK_OFF, State.ANSWERED)


def test_what_cannot_be_seen_cannot_be_ticked(offices: Offices, page) -> None:
    item = verified(offices)
    answer = page("tang").post(LIST, {"act": "urge", "item": f"{item.pk}:{item.version}", "text": "x"})
    assert item.title not in answer.content.decode() and DocketItem.objects.get().urgings == 0


@pytest.mark.parametrize("junk", ["", "x", "1", "1:x", "1:2:3", "9" * 30 + ":1", "-1:1"])
def test_junk_is_ticked_without_harm(offices: Offices, page, junk: str) -> None:
    assert page("chen").post(LIST, {"act": "urge", "item": junk, "text": "x"}).status_code == 422


# ---- evidence ------------------------------------------------------------------------------------


def test_evidence_is_served_to_those_who_see_the_item(offices: Offices, page) -> None:
    answered(offices)
    url = reverse("governance:docket_file", args=[DocketFile.objects.get().pk])
    served = page("dai").get(url)
    assert served.content.startswith(b"%PDF") and "attachment" in served["Content-Disposition"]
    assert served["X-Content-Type-Options"] == "nosniff" and "sandbox" in served["Content-Security-Policy"]
    for who in ("min", "tang", "zhao", "huo"):
        assert page(who).get(url).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"),
        ("a.html", b"<script>"),
        ("a.png", b"<svg/>"),
        ("a.pdf", b""),
        ("a.pdf", b"%PDF" + b"x" * MOST_BYTES),
        ("pdf", b"%PDF-"),
    ],
)
def test_other_files_are_refused(offices: Offices, page, name: str, content: bytes) -> None:
    item = act_on(raised(offices).pk, "accept", Said(), by=offices["dai"], at=AT + HOUR)
    answer = post(page("dai"), item, "answer", text="已清理", proof=[SimpleUploadedFile(name, content)])
    assert answer.status_code == 422
    assert DocketItem.objects.get().state == State.ACCEPTED and not DocketFile.objects.exists()


# ---- raising -------------------------------------------------------------------------------------


def test_a_new_matter_is_raised_once(offices: Offices, page) -> None:
    client = page("chen")
    once = re.search(r'name="once" value="([0-9a-f-]+)"', client.get("/docket/new/").content.decode())
    given = {
        "once": once and once[1], "title": "核查台账", "unit": f"u{offices.finance.pk}", "checker": f"u{offices.county.pk}",
        "helpers": [f"u{offices.agriculture.pk}"], "until": "2099-03-01",
    }  # fmt: skip
    for _time in range(2):
        assert client.post("/docket/new/", given).status_code == 302
    item = DocketItem.objects.get()
    assert (item.unit, item.checker) == (offices.finance, offices.county)


def test_a_place_that_was_never_charged_is_offered(offices: Offices, page) -> None:
    text = page("chen").get("/docket/new/").content.decode()
    assert f'value="t{offices.cast.sibling.pk}"' in text and "万荣" not in text
    office_of(offices.cast.sibling)
    assert f'value="t{offices.cast.sibling.pk}"' not in page("chen").get("/docket/new/").content.decode()


# ---- the API -------------------------------------------------------------------------------------


def test_the_api_reads_what_one_sees_and_writes_nothing(offices: Offices, page) -> None:
    item = answered(offices)
    found = page("dai").get("/api/v1/docket/").json()
    assert [one["id"] for one in found["results"]] == [item.pk]
    whole = page("dai").get(f"/api/v1/docket/{item.pk}/").json()
    assert [one["act"] for one in whole["events"]] == ["raised", "assigned", "accepted", "answered"]
    for who in ("min", "tang", "zhao"):
        assert page(who).get("/api/v1/docket/").json()["results"] == []
        assert page(who).get(f"/api/v1/docket/{item.pk}/").status_code == 404
    for verb in ("post", "put", "patch", "delete"):
        assert getattr(page("chen"), verb)(f"/api/v1/docket/{item.pk}/").status_code == 405
