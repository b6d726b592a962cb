"""Policies to read, with every number's source and grade of evidence."""

from tests.stars.county import County
from tests.stars.views.conftest import SignIn, Travel


def test_every_number_has_its_source(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    for who in ("liu", "huo", "an", "dai"):
        html = sign_in(who).get(f"/policies/{county.policy.pk}/").content.decode()
        assert "333.33" in html
        assert "本样式默认" in html
        assert "支部建设" in html
        assert county.policy.digest in html
    assert county.policy.title in sign_in("liu").get("/policies/").content.decode()


def test_whoever_holds_no_post_reads_none(county: County, sign_in: SignIn, travel: Travel) -> None:
    travel("2025-04-08 09:00")
    assert sign_in("sun").get(f"/policies/{county.policy.pk}/").status_code == 403
    assert sign_in("liu").get("/policies/999999/").status_code == 404
