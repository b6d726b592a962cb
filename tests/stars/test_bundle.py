"""A bundle proves a published star elsewhere: both programs pass what is clean and find whatever was changed in it."""

from __future__ import annotations

import ast
import base64
import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from stars.bundle import checking, verify_bundle
from stars.bundle.making import bundle_of
from stars.chain import digest
from stars.engine.plan import Plan
from stars.models import PublishedRating
from stars.plans import plan_for
from stars.services import stages
from tests.cast import Cast
from tests.stars.county import County, moment, open_county

HUO, YI = "140821101201", "140821101202"
PRESET = Path(__file__).parents[2] / "stars/policies/shanxi-secretary-2025.yaml"
PROGRAM = Path(verify_bundle.__file__)
CHECKS = {"engine": checking.problems, "plain": verify_bundle.problems}
Bundle = dict[str, Any]


@pytest.fixture
def published(cast: Cast) -> County:
    """By the preset, whose quota looks at the whole county; one village without a star."""
    county = open_county(cast, text=PRESET.read_text("utf-8"))
    county.file_all(share=93, shares={HUO: 96, YI: 50})
    county.close()
    county.settle()
    return county


def rating(path: str = HUO) -> PublishedRating:
    rows = PublishedRating.objects.select_related("publication__rating_year__territory", "publication__decision__policy")
    return rows.get(territory__path=path, superseded_by=None)


@pytest.fixture
def bundles(published: County) -> dict[str, Bundle]:
    """As they are read from a file."""
    made = {"whole": bundle_of(rating(), whole=True), "own": bundle_of(rating(), whole=False)}
    return {name: json.loads(json.dumps(one)) for name, one in made.items()}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("path", [HUO, YI, "140821102203"])
def test_clean_ones_raise_no_alarm(published: County, check: str, path: str) -> None:
    found = rating(path)
    for whole in (True, False):
        one = json.loads(json.dumps(bundle_of(found, whole=whole)))
        assert CHECKS[check](one) == []
        assert CHECKS[check](one, found.publication.hash) == []


def test_a_correction_s_row_too(published: County) -> None:
    act = {"by": published.cast["chen"], "at": moment("2026-03-02 09:00")}
    stages.open_correction(rating_year_id=published.rating_year.pk, reason="录入有误", **act)
    filing = published.filing("year")
    published.unlock(filing, at="2026-03-02 09:00")
    rows = {published.post(HUO).pk: published.rows(filing, 70)[published.post(HUO).pk]}
    stages.amend_scores(filing_id=filing.pk, rows=rows, reason="录入有误", **act)
    published.compute("2026-03-02 11:00")
    published.review("2026-03-03 09:00")
    published.decide("2026-03-04 09:00")
    published.publicise("2026-03-05 09:00")
    published.publish("2026-03-13 09:00")
    found = rating()
    assert found.supersedes_id
    for whole in (True, False):
        assert [check(json.loads(json.dumps(bundle_of(found, whole=whole)))) for check in CHECKS.values()] == [[], []]


def test_one_person_s_bundle_holds_nobody_else(published: County, bundles: dict[str, Bundle]) -> None:
    """Of the others digests alone, and nothing of their inputs; nothing that says how they stand."""
    own = json.dumps(bundles["own"], ensure_ascii=False)
    for entry in published.rating_year.roster.exclude(territory__path=HUO).select_related("person", "territory"):
        assert entry.person.name not in own and entry.territory.code not in own
    assert bundles["own"]["block"] is None and len(bundles["own"]["rows"]) == published.rating_year.roster.count()
    assert all(len(one) == 64 for one in bundles["own"]["rows"])


# ---- tampering -----------------------------------------------------------------------------------


def first(values: Any) -> Any:
    return next(iter(values))


def cell(one: Bundle) -> None:
    one["subject"]["cells"]["month"][2][0] -= 100


def unfiled(one: Bundle) -> None:
    one["subject"]["cells"]["month"][2][0] = "not_filed"


def roster(one: Bundle) -> None:
    one["subject"]["roster"]["full_decades_in_post"] += 1


def history(one: Bundle) -> None:
    one["subject"]["history"]["star"][0] = 3


def event(one: Bundle) -> None:
    one["subject"]["events"].append(["merit", "county_praise", 0, 1])


def another(one: Bundle) -> None:
    one["subject"]["key"] += 1


def missing_sheet(one: Bundle) -> None:
    del one["subject"]["cells"]["quarter"]


def parameter(one: Bundle) -> None:
    assert '"n":"30"' in one["policy"]["canonical"]
    one["policy"]["canonical"] = one["policy"]["canonical"].replace('"n":"30"', '"n":"31"', 1)
    one["policy"]["text"] = one["policy"]["text"].replace("value: 30", "value: 31", 1)


def canonical_step(one: Bundle) -> None:
    """A step taken out of the policy, and its digest made to fit."""
    body = json.loads(one["policy"]["canonical"])
    steps = next(inner for key, inner in body["m"] if key == "steps")
    steps["m"].pop()
    one["policy"]["canonical"] = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    one["link"]["policy"] = verify_bundle.sha256(one["policy"]["canonical"].encode()).hexdigest()


def trace_value(one: Bundle) -> None:
    one["trace"]["score"] += 1


def trace_column(one: Bundle) -> None:
    one["trace"].popitem()


def trace_order(one: Bundle) -> None:
    name = first(one["trace"])
    one["trace"][name] = one["trace"].pop(name)


def row_field(name: str, value: Any) -> Callable[[Bundle], None]:
    def tamper(one: Bundle) -> None:
        place = verify_bundle.ROW.index(name)
        one["row"][place] = value(one["row"][place])

    tamper.__name__ = f"row_{name}"
    return tamper


def refitted(tamper: Callable[[Bundle], None]) -> Callable[[Bundle], None]:
    """The rows' digests, the link's and the link itself made to fit: only arithmetic, and the known link, find it."""

    def whole(one: Bundle) -> None:
        place = one["rows"].index(digest(one["row"]))
        tamper(one)
        one["rows"][place] = digest(one["row"])
        one["link"]["rows"] = digest(one["rows"])
        one["hash"] = digest(one["link"])

    whole.__name__ = f"refitted_{tamper.__name__}"
    return whole


def row_of_chain(one: Bundle) -> None:
    one["rows"][-1] = digest("another")


def fewer_rows(one: Bundle) -> None:
    one["rows"].pop()


def own_row_gone(one: Bundle) -> None:
    one["rows"].remove(digest(one["row"]))


def link_field(name: str) -> Callable[[Bundle], None]:
    def tamper(one: Bundle) -> None:
        held = one["link"][name]
        one["link"][name] = held + 1 if isinstance(held, int) else held + "0"

    tamper.__name__ = f"link_{name}"
    return tamper


def the_link(one: Bundle) -> None:
    one["hash"] = "0" * 64


def part_gone(name: str) -> Callable[[Bundle], None]:
    def tamper(one: Bundle) -> None:
        del one[name]

    tamper.__name__ = f"without_{name}"
    return tamper


def part_more(one: Bundle) -> None:
    one["note"] = "already checked"


def form(one: Bundle) -> None:
    one["form"] = "xingheng/bundle/2"


TAMPERED = [
    cell, unfiled, roster, history, event, another, missing_sheet, parameter, canonical_step, trace_value, trace_column, trace_order,
    row_field("star", lambda star: star + 1), row_field("grade", lambda grade: 0), row_field("score", lambda score: score + 1),
    row_field("pay_cents", lambda cents: cents + 1), row_field("person_name", lambda _name: "别人"), row_field("village_name", lambda _name: "别村"),
    row_field("outcome", lambda _outcome: 1), row_field("trace", lambda trace: "00" + trace[2:]),
    row_field("certificate_no", lambda number: number[:-1] + ("1" if number[-1] != "1" else "2")), row_field("certificate_no", lambda _number: None),
    row_field("supersedes_id", lambda _row: 1),
    refitted(row_field("star", lambda star: star + 1)), refitted(row_field("score", lambda score: score + 1)),
    refitted(row_field("trace", lambda trace: "00" + trace[2:])),
    refitted(row_field("certificate_no", lambda number: number[:-1] + ("1" if number[-1] != "1" else "2"))),
    refitted(row_field("outcome", lambda _outcome: 1)), refitted(cell), refitted(trace_value),
    row_of_chain, fewer_rows, own_row_gone, the_link, part_more, form,
    *(link_field(name) for name in ("number", "county", "year", "version", "policy", "inputs", "result", "decided_by", "decided_at", "rows", "reason", "published_by", "published_at", "previous")),
    *(part_gone(name) for name in sorted(checking.PARTS)),
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_whatever_is_changed_is_found(bundles: dict[str, Bundle], check: str) -> None:
    """Every way by itself, in the county's bundle and in the person's."""
    missed = []
    for name, clean in bundles.items():
        for tamper in TAMPERED:
            one = copy.deepcopy(clean)
            tamper(one)
            assert one != clean or list(one["trace"]) != list(clean["trace"]), tamper.__name__
            if not CHECKS[check](one):
                missed.append((name, tamper.__name__))
    assert not missed


@pytest.mark.parametrize("check", CHECKS)
def test_every_byte_of_the_county_s_inputs_counts(bundles: dict[str, Bundle], check: str) -> None:
    block = bytearray(base64.b64decode(bundles["whole"]["block"]))
    for place in range(0, len(block), max(1, len(block) // 12)):
        changed = bytearray(block)
        changed[place] ^= 1
        one = bundles["whole"] | {"block": base64.b64encode(bytes(changed)).decode()}
        assert CHECKS[check](one), place


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_forged_as_a_whole_is_found_by_the_known_link(bundles: dict[str, Bundle], check: str) -> None:
    """A name changed and everything made to fit: the bundle agrees with itself, and not with the certificate."""
    known = bundles["own"]["hash"]
    refitted(row_field("person_name", lambda _name: "别人"))(bundles["own"])
    assert CHECKS[check](bundles["own"]) == []
    assert CHECKS[check](bundles["own"], known) == ["the link is not the one that is known from elsewhere"]


def test_the_text_of_the_policy_is_the_product_s_to_read(bundles: dict[str, Bundle]) -> None:
    """The plain program has no reader of YAML; it goes by the canonical form that the digest covers."""
    one = bundles["own"]
    one["policy"]["text"] = one["policy"]["text"].replace("value: 30", "value: 31", 1)
    assert checking.problems(one) and not verify_bundle.problems(one)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("junk", [{}, {"form": "xingheng/bundle/1"}, dict.fromkeys(sorted(checking.PARTS))])
def test_junk(check: str, junk: Bundle) -> None:
    assert CHECKS[check](junk)


def test_the_twin_that_does_not_compute(bundles: dict[str, Bundle], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the arithmetic taken away, a star that was refitted passes in both."""
    one = bundles["own"]
    refitted(row_field("star", lambda star: star + 1))(one)
    monkeypatch.setattr(verify_bundle, "of_result", lambda _bundle: [])
    monkeypatch.setattr(checking, "_of_result", lambda _bundle, _plan: [])
    assert not verify_bundle.problems(one) and not checking.problems(one)


def test_the_plain_reading_says_the_same_of_the_policy(published: County, bundles: dict[str, Bundle]) -> None:
    plan: Plan = plan_for(published.policy)
    document = verify_bundle.read_policy(bundles["own"]["policy"]["canonical"])
    assert list(document["steps"]) == list(plan.steps) and document["code"] == plan.code


# ---- as commands ---------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Without anything that is installed, far from this folder."""
    return subprocess.run([sys.executable, "-I", "-S", *arguments], capture_output=True, text=True, cwd="/", check=False)


def test_the_plain_program_by_itself(bundles: dict[str, Bundle], tmp_path: Path) -> None:
    program, file = tmp_path / "verify_bundle.py", tmp_path / "b.json"
    program.write_bytes(PROGRAM.read_bytes())
    file.write_text(json.dumps(bundles["whole"], ensure_ascii=False), "utf-8")
    clean = run(str(program), str(file), "--link", bundles["whole"]["hash"])
    assert clean.returncode == 0 and bundles["whole"]["hash"] in clean.stdout, clean.stderr
    assert run(str(program), str(file), "--link", "0" * 64).returncode == 1
    cell(bundles["whole"])
    file.write_text(json.dumps(bundles["whole"]), "utf-8")
    wrong = run(str(program), str(file))
    assert wrong.returncode == 1 and wrong.stdout.startswith("WRONG")
    file.write_text("{")
    assert run(str(program), str(file)).returncode == 2


def test_the_plain_program_stands_alone() -> None:
    tree = ast.parse(PROGRAM.read_text("utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names


def test_the_product_s_command(bundles: dict[str, Bundle], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "b.json"
    file.write_text(json.dumps(bundles["own"], ensure_ascii=False), "utf-8")
    call_command("verify_bundle", file, link=bundles["own"]["hash"])
    assert bundles["own"]["hash"] in capsys.readouterr().out
    cell(bundles["own"])
    file.write_text(json.dumps(bundles["own"]), "utf-8")
    with pytest.raises(CommandError, match="what the inputs give"):
        call_command("verify_bundle", file)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_bundle", tmp_path / "none.json")
