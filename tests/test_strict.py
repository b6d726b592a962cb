"""The strictness itself: each mistake fails a test, and passes where the strictness is taken away."""

import socket
import subprocess
import sys
import warnings

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.template import Context, Template, engines

from governance.models import CalendarDay
from tests import strict

Failed = pytest.fail.Exception


@pytest.fixture
def our_template():
    path = settings.BASE_DIR / "templates" / "parts" / "of_the_test.html"
    return lambda text: Template(text, origin=strict.Origin(str(path), path.name), engine=engines["django"].engine)


def test_a_name_that_nobody_defined_fails(our_template):
    with pytest.raises(Failed, match="village"):
        our_template("{{ village.name }}").render(Context({}))


def test_in_somebody_elses_template_it_is_blank():
    theme = Template("{{ village.name }}", origin=strict.Origin("/usr/lib/python3/site-packages/theme/page.html"))
    assert theme.render(Context({})) == ""


def test_a_name_in_a_condition_may_be_missing(our_template):
    assert our_template("{% if village %}yes{% endif %}").render(Context({})) == ""


def test_without_the_strictness_it_is_silent(our_template, monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "")
    assert our_template("{{ village.name }}").render(Context({})) == ""


def test_a_lock_that_names_no_table_fails():
    with pytest.raises(Failed, match="without of="):
        CalendarDay.objects.select_for_update()
    with pytest.raises(Failed, match="without of="):
        CalendarDay.objects.all().select_for_update(nowait=True)
    assert isinstance(CalendarDay.objects.select_for_update(of=("self",)), QuerySet)


def test_the_network_is_out_of_reach():
    with pytest.raises(Failed, match="reached for the network"), socket.socket() as out:
        out.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(("hook", "passes"), [(True, False), (False, True)])
def test_a_skipped_test_fails_the_run(tmp_path, hook, passes):
    (tmp_path / "test_one.py").write_text("import pytest\ndef test_left_out():\n    pytest.skip('no time')\n")
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n" if hook else "")
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        str(settings.BASE_DIR / "pyproject.toml"),
        str(tmp_path),
    ]
    done = subprocess.run(run, capture_output=True, text=True, cwd=settings.BASE_DIR)
    assert (done.returncode == 0) is passes, done.stdout


def test_a_warning_is_an_error():
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
