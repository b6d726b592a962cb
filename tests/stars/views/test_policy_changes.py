"""The page of two versions side by side."""

from __future__ import annotations

from governance.services.policies import store_policy
from tests.stars.county import POLICY, County, moment
from tests.stars.views.conftest import SignIn, Travel


def test_against_the_version_before(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    text = POLICY.replace("value: 333.33", "value: 350").replace("      order: {title: 平安稳定, max: 30}\n", "")
    version = store_policy(text, by=county.cast["chen"], at=moment("2025-04-01 09:00"))
    client = sign_in("chen")
    assert f"/policies/{version.pk}/changes/" in client.get(f"/policies/{version.pk}/").content.decode()
    html = client.get(f"/policies/{version.pk}/changes/").content.decode()
    assert "三星月补贴 · 数值" in html and "<del>333.33</del>" in html and "<ins>350</ins>" in html
    assert "月考核 · 平安稳定" in html and "2 处不同" in html
    back = client.get(f"/policies/{county.policy.pk}/changes/", {"other": version.pk}).content.decode()
    assert "<del>350</del>" in back
    assert client.get(f"/policies/{version.pk}/changes/", {"other": "x"}).status_code == 422


def test_a_first_policy_has_nothing_beside_it(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    assert "没有其他办法" in sign_in("huo").get(f"/policies/{county.policy.pk}/changes/").content.decode()
