import os
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from governance import clock

# half past midnight in Shanghai, still the day before in UTC
EARLY = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)


@pytest.fixture
def demo_day(settings, tmp_path):
    settings.DEMO_CLOCK_FILE = tmp_path / "demo_day"
    return settings.DEMO_CLOCK_FILE


def moved(demo_day, day: str, on: datetime) -> None:
    with time_machine.travel(on, tick=False):
        call_command("demo_day", day)
        os.utime(demo_day, (on.timestamp(), on.timestamp()))


@time_machine.travel(EARLY, tick=False)
def test_the_day_is_shanghais():
    assert clock.now() == EARLY
    assert clock.today() == date(2026, 3, 2)


def test_a_demo_stands_on_another_day_and_time_goes_on_from_there(demo_day):
    moved(demo_day, "2026-12-31", EARLY)
    with time_machine.travel(EARLY + timedelta(hours=5), tick=False):
        assert clock.today() == date(2026, 12, 31)
        assert clock.now() - EARLY == timedelta(days=304, hours=5)
    with time_machine.travel(EARLY + timedelta(days=1), tick=False):
        assert clock.today() == date(2027, 1, 1)


def test_back_to_the_real_day(demo_day):
    moved(demo_day, "2026-12-31", EARLY)
    call_command("demo_day", "real")
    with time_machine.travel(EARLY, tick=False):
        assert clock.now() == EARLY


def test_without_a_day_it_says_which_it_is(demo_day, capsys):
    moved(demo_day, "2030-02-28", datetime.now(UTC))
    capsys.readouterr()
    call_command("demo_day")
    assert capsys.readouterr().out == "2030-02-28\n"


@pytest.mark.parametrize("day", ["31.12.2026", "2026-02-30", "tomorrow"])
def test_a_day_that_is_none_changes_nothing(demo_day, day):
    with pytest.raises(CommandError, match="is not a day"):
        call_command("demo_day", day)
    assert not demo_day.exists()


def test_outside_a_demo_nobody_moves_the_day(settings):
    settings.DEMO_CLOCK_FILE = None
    with pytest.raises(CommandError, match="Only a demo"):
        call_command("demo_day", "2026-12-31")
