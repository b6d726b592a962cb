"""The API keeps the contract that it publishes: for each role, whatever is asked, no failure of the server, no answer outside the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from governance.api.ground import TerritoryViewSet
from governance.api_base.paging import cursor_of
from governance.models import DocketItem
from stars.models import Filing, PublishedRating, RatingYear
from stars.selectors import pull
from tests.cast import Cast
from tests.stars.api.client import token_of
from tests.stars.county import County

ROLES = ["client", "liu", *(pytest.param(who, marks=pytest.mark.soak) for who in ("zhao", "huo", "chen"))]
# what has the right shape may still be refused: a score above its maximum, a window that is closed
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "406", "422", "429"]
RULES_MAY_REFUSE = {"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}}
UNHURRIED = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None, "derandomize": True}


@pytest.fixture(params=ROLES)
def token(request: pytest.FixtureRequest, cast: Cast, county: County) -> str:
    return token_of(cast, request.param, may_write=True)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A request would end the test's transaction by closing its connection; Django's own test client does as here."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def api_schema(token: str, county: County, other: list[PublishedRating], one_connection: None) -> Any:
    described = SchemaGenerator().get_schema(public=True)
    _point_to_what_exists(described, county)
    schema = schemathesis.openapi.from_dict(described, config=SchemathesisConfig.from_dict(RULES_MAY_REFUSE))
    schema.app = get_wsgi_application()
    return schema


def _point_to_what_exists(described: dict[str, Any], county: County) -> None:
    """Narrower than the schema, so that more than 404 is heard: rows that there are, cursors that were given out."""
    known = {
        "ratings": list(PublishedRating.objects.values_list("pk", flat=True)),
        "filings": list(Filing.objects.values_list("pk", flat=True)[:4]),
        "docket": list(DocketItem.objects.values_list("pk", flat=True)),
        "rating-years": list(RatingYear.objects.values_list("pk", flat=True)),
    }
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "cursor":
                    parameter["schema"] = {"enum": [cursor_of(0), cursor_of(3), cursor_of(10**17)]}
                elif parameter["name"] == "id":
                    real = {"enum": [str(pk) for pk in known[path.split("/")[3]]]}
                    parameter["schema"] = {"anyOf": [real, parameter["schema"]]}
                elif parameter["name"] == "digest":
                    parameter["schema"] = {"enum": [county.policy.digest, "0" * 64]}
    row = described["components"]["schemas"]["RowIn"]["properties"]
    row["post"] = {"enum": [post.pk for post in county.cast.secretaries.values()]}
    row["scores"]["items"] = {"enum": ["", "1", "0.5", "30", "不适用", "优"]}


contract = schemathesis.pytest.from_fixture("api_schema")


@contract.parametrize()
@settings(max_examples=10, **UNHURRIED)
def test_contract(case: Any, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})


@pytest.mark.soak
@contract.parametrize()
@settings(max_examples=350, **UNHURRIED)
def test_contract_at_length(case: Any, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("wrong", [{"star": "five"}, {"outcome": "best"}, {"village_code": None}, {"published_at": "yesterday"}])
def test_an_answer_outside_the_schema_is_noticed(
    wrong: dict[str, Any], api_schema: Any, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the check above can fail."""
    case = api_schema["/api/v1/ratings/"]["GET"].Case()
    headers = {"Authorization": f"Bearer {token}"}
    case.call_and_validate(headers=headers)
    honest = pull.page_query
    monkeypatch.setattr(pull, "page_query", lambda *args, **more: [row | wrong for row in honest(*args, **more)])
    with pytest.raises(FailureGroup):
        case.call_and_validate(headers=headers)


@pytest.mark.parametrize("status", [500, 418])
def test_an_answer_that_nobody_announced_is_noticed(
    status: int, api_schema: Any, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = api_schema["/api/v1/territories/"]["GET"].Case()
    monkeypatch.setattr(TerritoryViewSet, "list", lambda *_args: HttpResponse(status=status))
    with pytest.raises(FailureGroup):
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
