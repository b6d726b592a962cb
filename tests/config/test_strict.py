"""The guards that every test runs under do fire."""

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.base import Origin


def render(folder: str) -> str:
    return Template("{{ nothing.at.all }}", origin=Origin(f"{folder}/page.html", "page.html")).render(Context())


def test_an_undefined_name_in_a_template_of_ours_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"nothing\.at\.all"):
        render(f"{settings.BASE_DIR}/templates")


def test_in_somebody_elses_template_it_is_blank() -> None:
    assert render("/usr/lib/python3/site-packages/theme") == ""
