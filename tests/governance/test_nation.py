"""The whole country at once: 665,276 places within half a gigabyte. How long it takes is printed: it depends on the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings

from governance.models import Territory
from governance.territory_files import PACKED
from tests.databases import Fresh

MEBIBYTES = 512
IMPORT = """
import sys
from django.core.management import execute_from_command_line
from tests.bench.report import own_peak
execute_from_command_line(sys.argv)
print(own_peak())
"""


@pytest.mark.soak
def test_the_nation(fresh_db: Fresh) -> None:
    command = [sys.executable, "-c", IMPORT, "import_territories", str(PACKED), "--on", "2023-06-30"]
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=os.environ | fresh_db.env, capture_output=True, text=True, check=True
    )
    took, peak = time.monotonic() - started, float(done.stdout.split()[-1])
    print(f"{took:.0f} s, {peak:.0f} MiB\n{done.stdout}")
    assert Territory.objects.count() == 665_276
    assert peak < MEBIBYTES
