"""The admin over the ground's tables: what each person sees there, may change, and is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import translation

from governance import admin_base, clock, policy
from governance.calendar import calendar_for
from governance.models import (
    ApiToken,
    AuditEntry,
    Award,
    CalendarNotice,
    Job,
    PartyOrganization,
    Person,
    PolicyAdoption,
    PolicyVersion,
    Post,
    Territory,
    Training,
    User,
)  # fmt: skip
from governance.scope import path_of
from governance.services import audit
from governance.services.policies import adopt, bring_into_force, store_policy
from governance.services.tokens import issue_token
from tests.cast import Cast
from tests.days import say
from tests.stars.county import County, open_county

NOW, TODAY = clock.now(), clock.today()
TABLES = [model for model in admin.site._registry if model._meta.app_label == "governance"]
TEXT = "grammar: tests/1\ncode: {code}\ntitle: 试行办法\nsubject: secretary\n"


@pytest.fixture(autouse=True)
def grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_it(document: policy.PolicyDocument, _excepted: policy.Excepted) -> None:
        if "code" not in document.body:
            raise policy.PolicyErrors([policy.Problem("missing_key", "code", {"key": "code"})])

    monkeypatch.setitem(policy._grammars, "tests/1", compile_it)


@pytest.fixture(autouse=True)
def in_english(settings: Any) -> Iterator[None]:
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


def page(cast: Cast, client: Client, name: str, url: str, data: dict[str, object] | None = None, follow: bool = False):
    client.force_login(cast[name])
    return client.get(url) if data is None else client.post(url, data, follow=follow)


def listing(model: type, **query: str) -> str:
    return reverse(f"admin:governance_{model._meta.model_name}_changelist", query=query)


def adding(model: type) -> str:
    return reverse(f"admin:governance_{model._meta.model_name}_add")


def changing(row) -> str:
    return reverse(f"admin:governance_{row._meta.model_name}_change", args=[row.pk])


def errors(response) -> str:
    form = response.context["adminform"].form
    return str(form.errors.as_text())


@pytest.fixture
def rows(cast: Cast) -> Cast:
    """Something of each table in both counties."""
    for place, chief in ((cast.county, "chen"), (cast.other_county, "tang")):
        secretary = Person.objects.filter(territory__path__prefix=f"{place.path}101").first()
        Award.objects.create(person=secretary, level="county", title=f"{place.name}先进", awarded_on=TODAY)
        Job.objects.create(operation="tests.note", territory=place, key=place.name, requested_at=NOW)
        audit.record("tests.act", by=cast[chief], at=NOW, territory=place, subject=f"tests:{place.name}")
        say({str(TODAY): "holiday"}, county=place, by=cast[chief], name=f"{place.name}庙会")
    return cast


WHO_OPENS = {
    "chen": {"territory", "territorysuccession", "partyorganization", "calendarnotice", "person", "post", "award", "training", "policyversion",
             "policyadoption", "job", "unit", "meeting", "tasklist", "docketitem"},
    "an": {"territory", "territorysuccession", "partyorganization", "calendarnotice", "person", "post", "award", "training", "policyversion",
           "policyadoption", "job", "auditentry", "unit", "meeting", "tasklist", "docketitem"},
    "xi": {"territory", "calendarnotice", "job"},
    "bao": {"territory", "person", "post", "user", "apitoken"},
    "shen": {"auditentry"},
    "liu": set(), "huo": set(), "dai": set(), "sun": set(),
}  # fmt: skip


def test_no_address_tells_whether_a_row_exists(rows: Cast, client: Client) -> None:
    """The admin's “view on site” would say one thing of a stranger's row and another of none."""
    kind, there = ContentType.objects.get_for_model(Person).pk, rows["tang"].person_id
    stranger, none = (page(rows, client, "chen", f"/admin/r/{kind}/{key}/") for key in (there, 10**9))
    assert (stranger.status_code, none.status_code) == (404, 404)
    assert stranger.content == none.content


@pytest.mark.parametrize("name", WHO_OPENS)
def test_who_opens_which_table(rows: Cast, client: Client, name: str) -> None:
    opened = {model._meta.model_name for model in TABLES if page(rows, client, name, listing(model)).status_code == 200}
    assert opened == WHO_OPENS[name]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.model_name)
def test_nobody_of_this_county_meets_the_other(rows: Cast, client: Client, model: type) -> None:
    strangers = (
        [row for row in model._default_manager.all() if (path_of(row) or "").startswith("140822")]
        if hasattr(model, "scope_path")
        else []
    )
    for name in ("chen", "an", "xi", "bao", "shen"):
        if page(rows, client, name, listing(model)).status_code != 200:
            continue
        for url in (listing(model), listing(model, q="万荣"), listing(model, place="140822"), adding(model)):
            assert "解店" not in client.get(url).content.decode()
        for row in strangers[:3]:
            assert client.get(changing(row)).status_code == 302  # the admin's way of saying that there is no such row
            assert client.post(changing(row), {}).status_code in (302, 403)


@pytest.mark.parametrize(
    ("name", "model", "field", "term"),
    [("chen", Post, "person", "耿"), ("chen", Post, "territory", "解店"), ("bao", User, "person", "耿")],
)
def test_autocomplete_offers_nobody_of_another_county(
    rows: Cast, client: Client, name: str, model: type, field: str, term: str
) -> None:
    asked = {"app_label": "governance", "model_name": model._meta.model_name, "field_name": field}
    answer = page(rows, client, name, reverse("admin:autocomplete", query={**asked, "term": term})).json()
    assert answer["results"] == []
    assert client.get(reverse("admin:autocomplete", query={**asked, "term": "嵋阳"})).json()["results"]


def test_a_post_is_given_and_ended(cast: Cast, client: Client) -> None:
    person = Person.objects.create(name="吕嵋阳", territory=cast.village)
    form = {"person": person.pk, "territory": cast.village.pk, "duty": "committee_member", "title": "", "from_on": "2026-01-01",
            "organization": "", "until_on": "", "ending": ""}  # fmt: skip
    assert page(cast, client, "chen", adding(Post), form).status_code == 302
    post = Post.objects.get(person=person)
    ended = {"until_on": "2026-06-30", "ending": "moved", "duty": "secretary", "from_on": "2020-01-01"}
    assert client.post(changing(post), ended).status_code == 302
    post.refresh_from_db()
    assert (post.duty, post.from_on, post.until_on, post.ending) == (
        "committee_member",
        date(2026, 1, 1),
        date(2026, 6, 30),
        "moved",
    )
    assert list(AuditEntry.objects.filter(subject=audit.name_of(post)).values_list("act", flat=True)) == [
        "post.end",
        "post.assign",
    ]


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("chen", {"duty": "county_staff"}, "duty"),
        ("chen", {"territory": "140822101201"}, "territory"),
        ("chen", {"person": "耿解店"}, "person"),
        ("chen", {"territory": "140821101"}, "level"),
        ("chen", {"until_on": "2020-01-01"}, "end before"),
        ("bao", {"person": "包临猗"}, "of their own"),
        ("bao", {"person": "陈临猗", "duty": "audit_admin", "territory": "140821"}, "second duty"),
    ],
)
def test_a_post_is_refused_beside_its_field(cast: Cast, client: Client, name: str, change: dict[str, str], why: str) -> None:
    given = {"person": "霍嵋阳", "territory": "140821101202", "duty": "director", "from_on": "2026-01-01", **change}
    form = {
        **given, "person": Person.objects.get(name=given["person"]).pk, "territory": cast.places[given["territory"]].pk,
        "title": "主任", "organization": "", "ending": "", "until_on": given.get("until_on", ""),
    }  # fmt: skip
    before = Post.objects.count()
    response = page(cast, client, name, adding(Post), form)
    assert response.status_code == 200
    assert why in errors(response)
    assert 'value="主任"' in response.content.decode()
    assert Post.objects.count() == before


def test_a_post_is_not_ended_without_a_day(cast: Cast, client: Client) -> None:
    post = cast.secretaries["140821101202"]
    response = page(cast, client, "chen", changing(post), {"until_on": "", "ending": "moved"})
    assert "last day" in errors(response)
    post.refresh_from_db()
    assert post.ending == ""


def test_county_staff_look_at_office_posts_only(cast: Cast, client: Client) -> None:
    clerk = Post.objects.get(person=cast["liu"].person)
    assert page(cast, client, "chen", changing(clerk)).status_code == 200
    assert client.post(changing(clerk), {"until_on": "2026-01-01", "ending": "moved"}).status_code == 403


@pytest.mark.usefixtures("county")
def test_the_state_s_names_are_not_edited(cast: Cast, client: Client) -> None:
    form = {"name": "x", "short_name": "甲村", "village_type": "industry", "households": "300", "population": "1200"}
    assert page(cast, client, "chen", changing(cast.village), form).status_code == 302
    cast.village.refresh_from_db()
    assert (cast.village.name, cast.village.short_name, cast.village.households) == ("嵋阳甲村村民委员会", "甲村", 300)
    assert page(cast, client, "chen", adding(Territory)).status_code == 403
    assert page(cast, client, "bao", changing(cast.village), form).status_code == 403


@pytest.mark.usefixtures("county")
def test_a_village_type_is_named_as_the_policy_names_it(cast: Cast, client: Client) -> None:
    Territory.objects.filter(pk=cast.village.pk).update(village_type="industry")
    listed = page(cast, client, "chen", reverse("admin:governance_territory_changelist") + "?village_type=industry")
    assert "产业型" in listed.content.decode()
    assert "industry</" not in listed.content.decode()
    shown = page(cast, client, "chen", changing(cast.village)).content.decode()
    assert '<option value="industry" selected>产业型</option>' in shown
    wrong = {"short_name": "甲村", "village_type": "castle", "households": "300", "population": "1200"}
    assert "castle" in errors(page(cast, client, "chen", changing(cast.village), wrong))


@pytest.fixture
def county(cast: Cast) -> County:
    return open_county(cast)


def test_a_person_and_awards(cast: Cast, client: Client) -> None:
    form = {
        "name": "吕嵋阳", "sex": "f", "born_on": "", "education": "", "territory": cast.village.pk,
        "posts-TOTAL_FORMS": 0, "posts-INITIAL_FORMS": 0, "trainings-TOTAL_FORMS": 0, "trainings-INITIAL_FORMS": 0, "awards-TOTAL_FORMS": 1, "awards-INITIAL_FORMS": 0, "awards-0-level": "county", "awards-0-title": "先进", "awards-0-awarded_on": "2025-07-01",
        "awards-0-document_no": "",
    }  # fmt: skip
    assert page(cast, client, "chen", adding(Person), form).status_code == 302
    person = Person.objects.get(name="吕嵋阳")
    assert person.awards.get().title == "先进"
    history = client.get(reverse("admin:governance_person_history", args=[person.pk]))
    assert history.status_code == 200
    assert "陈临猗" in history.content.decode()


def test_a_change_of_a_tracked_row_tells_who_and_what(cast: Cast, client: Client) -> None:
    organization = PartyOrganization.objects.get(territory=cast.village)
    form = {
        "name": "新支部",
        "kind": "branch",
        "territory": cast.village.pk,
        "parent": "",
        "valid_from": "2015-01-01",
        "valid_to": "",
    }
    assert page(cast, client, "chen", changing(organization), form).status_code == 302
    event = organization.history.order_by("-pgh_id").first()
    assert (event.name, event.pgh_context.metadata["user"]) == ("新支部", cast["chen"].pk)
    text = client.get(reverse("admin:governance_partyorganization_history", args=[organization.pk])).content.decode()
    assert "→ 新支部" in text


def test_the_history_of_a_stranger_s_row_is_not_there(cast: Cast, client: Client) -> None:
    stranger = Person.objects.get(name="耿解店")
    assert page(cast, client, "chen", reverse("admin:governance_person_history", args=[stranger.pk])).status_code == 404


def test_an_account_is_opened_and_its_password_shown_once(cast: Cast, client: Client) -> None:
    person = Person.objects.create(name="吕嵋阳", territory=cast.township)
    response = page(cast, client, "bao", adding(User), {"person": person.pk, "username": "lv"}, follow=True)
    user = User.objects.get(username="lv")
    said = [str(message) for message in response.context["messages"]]
    assert any(user.check_password(word) for text in said for word in text.split())
    assert client.post(changing(user), {}).status_code == 302
    user.refresh_from_db()
    assert not user.is_active
    response = client.post(listing(User), {"action": "give_new_password", "_selected_action": [user.pk]}, follow=True)
    user.refresh_from_db()
    assert any(user.check_password(word) for message in response.context["messages"] for word in str(message).split())


@pytest.mark.parametrize(
    ("form", "why"), [({"username": "LIU"}, "choose another"), ({"person": ""}, "required"), ({"username": "a b"}, "valid")]
)
def test_an_account_is_refused(cast: Cast, client: Client, form: dict[str, str], why: str) -> None:
    person = Person.objects.create(name="吕嵋阳", territory=cast.township)
    response = page(cast, client, "bao", adding(User), {"person": person.pk, "username": "lv", **form})
    assert why in errors(response)
    assert not User.objects.filter(person=person).exists()


def test_nobody_changes_their_own_account(cast: Cast, client: Client) -> None:
    response = page(cast, client, "bao", changing(cast["bao"]), {})
    assert response.status_code == 200
    assert cast["bao"].is_active
    page(cast, client, "bao", listing(User), {"action": "give_new_password", "_selected_action": [cast["bao"].pk]}, follow=True)
    assert not cast["bao"].has_usable_password()


def test_a_token_is_revoked(cast: Cast, client: Client) -> None:
    token, _text = issue_token(
        account_id=cast.people["client"].pk, territory=cast.county, name="大数据局", by=cast["bao"], at=NOW
    )
    assert page(cast, client, "chen", listing(ApiToken)).status_code == 403
    page(cast, client, "bao", listing(ApiToken), {"action": "revoke", "_selected_action": [token.pk]}, follow=True)
    token.refresh_from_db()
    assert token.revoked_by == cast["bao"]


def test_a_training_with_its_attendance_on_one_page(cast: Cast, client: Client) -> None:
    huo = cast["huo"].person
    form = {
        "territory": cast.county.pk,
        "title": "书记轮训",
        "held_on": "2025-03-18",
        "hours": "16",
        "place": "",
        "document_no": "",
    }
    refused = page(cast, client, "chen", adding(Training), {**form, "people": "全体\n无此人 缺席"})
    assert "无此人" in errors(refused)
    assert client.post(adding(Training), {**form, "people": f"全体 到会\n嵋阳镇 {huo} 缺席"}).status_code == 302
    training = Training.objects.get()
    shown = client.get(changing(training)).content.decode()
    assert f"{cast.village} {huo} 缺席" in shown
    assert client.get(listing(Training)).status_code == 200
    assert client.post(changing(training), {**form, "people": f"全体 到会\n{huo} 请假"}).status_code == 302
    assert training.trainees.get(person=huo).state == "excused"
    assert "到会" not in client.get(adding(Training)).content.decode().partition("<textarea")[2].partition("</textarea")[0]
    assert "书记轮训" in client.get(changing(huo)).content.decode()
    seen = page(cast, client, "an", changing(training)).content.decode()
    assert f"{huo} 请假" in seen
    assert "<textarea" not in seen


NOTICE = {
    "title": "关于庙会放假的通知", "document_no": "临政办〔2026〕3号", "published_on": "2026-03-02", "reason": "县城庙会",
    "lines": "2026-04-11至2026-04-13 放假 庙会\n2026-04-18 上班 庙会调休", "supersedes": "",
}  # fmt: skip


def test_a_county_records_its_own_days_and_no_others(cast: Cast, client: Client) -> None:
    national = say({"2026-10-01": "holiday"})
    form = {**NOTICE, "territory": cast.county.pk}
    assert page(cast, client, "chen", adding(CalendarNotice), form).status_code == 302
    own = CalendarNotice.objects.get(territory=cast.county)
    assert (own.days.count(), own.recorded_by, own.reason) == (4, cast["chen"], "县城庙会")
    for wrong in ({"territory": ""}, {"territory": cast.other_county.pk}, {"reason": ""}, {"document_no": ""}, {"lines": "明天 放假 庙会"},
                  {"lines": ""}, {"published_on": "2099-01-01"}, {"supersedes": national.pk}):  # fmt: skip
        response = client.post(adding(CalendarNotice), {**form, "title": "另一通知", **wrong})
        assert response.status_code == 200
        assert errors(response), wrong
    for row in (national, own):
        assert client.get(changing(row)).status_code == 200
        assert client.post(changing(row), form).status_code == 403
        assert client.post(reverse("admin:governance_calendarnotice_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert CalendarNotice.objects.count() == 2


def test_a_county_corrects_its_notice_by_another(cast: Cast, client: Client) -> None:
    page(cast, client, "chen", adding(CalendarNotice), {**NOTICE, "territory": cast.county.pk})
    first = CalendarNotice.objects.get()
    assert f"?supersedes={first.pk}" in client.get(changing(first)).content.decode()
    begun = client.get(adding(CalendarNotice), {"supersedes": first.pk})
    assert begun.context["adminform"].form.initial == {
        **NOTICE, "published_on": date(2026, 3, 2), "territory": cast.county.pk, "supersedes": first.pk,
    }  # fmt: skip
    form = {**NOTICE, "territory": cast.county.pk, "supersedes": first.pk, "lines": "2026-04-13 放假 庙会", "reason": "只放一天"}
    assert client.post(adding(CalendarNotice), form).status_code == 302
    second = first.superseded_by
    assert calendar_for(cast.village).exceptions == {date(2026, 4, 13): False}
    assert calendar_for(cast.village, version=first.pk).is_working(date(2026, 4, 18))
    assert "?supersedes" not in client.get(changing(first)).content.decode()
    again = client.post(adding(CalendarNotice), {**form, "reason": "再改一次"})
    assert "valid choice" in errors(again)
    taken_back = {**form, "supersedes": second.pk, "lines": "", "reason": "取消"}
    assert client.post(adding(CalendarNotice), taken_back).status_code == 302
    assert calendar_for(cast.village).exceptions == {}
    assert first.days.count() == 4


def test_another_county_s_notice_is_no_beginning_for_a_correction(rows: Cast, client: Client) -> None:
    stranger = CalendarNotice.objects.get(territory=rows.other_county)
    begun = page(rows, client, "chen", adding(CalendarNotice) + f"?supersedes={stranger.pk}")
    assert "万荣" not in begun.content.decode()


def test_a_policy_from_draft_into_force_and_adopted(cast: Cast, client: Client) -> None:
    assert page(cast, client, "chen", adding(PolicyVersion), {"text": TEXT.format(code="a")}).status_code == 302
    draft = PolicyVersion.objects.get()
    assert client.post(changing(draft), {"text": TEXT.format(code="b")}).status_code == 302
    client.post(listing(PolicyVersion), {"action": "put_into_force", "_selected_action": [draft.pk]})
    draft.refresh_from_db()
    assert (draft.code, draft.state, draft.in_force_by) == ("b", "in_force", cast["chen"])
    assert client.post(changing(draft), {"text": TEXT.format(code="c")}).status_code == 403
    form = {"territory": cast.county.pk, "policy": draft.pk, "year_from": 2026, "document_no": "1号"}
    assert client.post(adding(PolicyAdoption), form).status_code == 302
    adoption = PolicyAdoption.objects.get()
    assert adoption.adopted_by == cast["chen"]
    assert client.get(changing(adoption)).status_code == 200
    assert client.post(changing(adoption), form).status_code == 403


def test_a_bad_document_is_refused_with_its_sentence_and_kept(cast: Cast, client: Client) -> None:
    response = page(cast, client, "chen", adding(PolicyVersion), {"text": "grammar: tests/1\ntitle: 缺代码\n"})
    assert "code" in errors(response)
    assert "缺代码" in response.content.decode()
    assert not PolicyVersion.objects.exists()


def test_a_draft_is_not_adopted(cast: Cast, client: Client) -> None:
    draft = store_policy(TEXT.format(code="a"), by=cast["chen"], at=NOW)
    form = {"territory": cast.county.pk, "policy": draft.pk, "year_from": 2026, "document_no": ""}
    assert page(cast, client, "chen", adding(PolicyAdoption), form).status_code == 200
    version = bring_into_force(draft.pk, by=cast["chen"], at=NOW)
    response = client.post(adding(PolicyAdoption), {**form, "policy": version.pk, "territory": cast.other_county.pk})
    assert "territory" in response.context["adminform"].form.errors
    adopt(version.pk, territory=cast.other_county, year_from=2026, document_no="", by=cast["tang"], at=NOW)
    assert "解店" not in client.get(listing(PolicyAdoption)).content.decode()


def test_records_are_looked_at_only(rows: Cast, client: Client) -> None:
    entry, job = AuditEntry.objects.filter(territory=rows.county).first(), Job.objects.filter(territory=rows.county).first()
    for row in (entry, job):
        assert page(rows, client, "an", changing(row)).status_code == 200
        assert client.post(changing(row), {}).status_code == 403
        assert client.get(adding(type(row))).status_code == 403


def test_without_the_scope_of_the_query_the_stranger_shows(rows: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the walls above."""
    monkeypatch.setattr(admin_base, "rows_in_reach", lambda *_args: Q())
    assert "解店" in page(rows, client, "chen", listing(Person)).content.decode()


def test_without_the_scope_of_choices_the_stranger_is_offered(
    rows: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {
        "level": "county",
        "title": "先进",
        "awarded_on": "2025-07-01",
        "person": Person.objects.get(name="耿解店").pk,
        "document_no": "",
    }
    assert page(rows, client, "chen", adding(Award), form).status_code == 200
    monkeypatch.setattr(admin_base, "choices_for", lambda model, *_args: model._default_manager.all())
    assert page(rows, client, "chen", adding(Award), form).status_code == 302


def test_one_sign_in_for_all_and_a_plain_no(cast: Cast, client: Client) -> None:
    index = reverse("admin:index")
    stranger = client.get(index, follow=True)
    assert stranger.redirect_chain[-1][0].startswith(reverse("sign_in"))
    sent_on = page(cast, client, "huo", index)
    assert client.get(sent_on.url).status_code == 403
    assert page(cast, client, "chen", index).status_code == 200
