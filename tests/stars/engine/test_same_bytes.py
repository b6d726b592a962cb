"""The same inputs give the same bytes, wherever and in whatever order they are computed."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from stars.engine import canonical
from stars.engine.evaluate import chunks, evaluate
from tests.stars.engine.counties import COUNTY, draw, preset, rows_of, whole

ROOT = Path(__file__).parents[3]
PLACES = [
    {"PYTHONHASHSEED": "0", "TZ": "Asia/Shanghai", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "zh_CN.UTF-8"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "Pacific/Kiritimati", "LC_ALL": "de_DE.UTF-8"},
]


def digest(*, shuffled: int, least: int) -> str:
    """Over two plans: the packed inputs, and the results in the order of keys."""
    found = sha256()
    for plan in (whole(), preset("shanxi")):
        inputs = draw(plan, 4 * COUNTY, 20250101)
        if shuffled:
            inputs = inputs.take(np.random.default_rng(shuffled).permutation(len(inputs)))
            inputs = inputs.take(np.argsort(inputs.county, kind="stable"))
        parts = [np.arange(part.start, part.stop) for part in chunks(inputs.county, least)]
        rows = np.concatenate([rows_of(plan, evaluate(plan, inputs.take(part))) for part in parts])
        found.update(canonical.pack(inputs, {"policy": plan.digest}))
        found.update(rows[np.argsort(inputs.key)].tobytes())
    return found.hexdigest()


def test_same_bytes_under_hash_seeds_time_zones_and_locales():
    printed = set()
    for place in PLACES:
        program = "from tests.stars.engine.test_same_bytes import digest; print(digest(shuffled=0, least=1000))"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **place}, capture_output=True, text=True, check=True
        )
        printed.add(done.stdout.strip())
    assert printed == {digest(shuffled=0, least=1000)}


def test_same_bytes_in_any_order_and_in_one_chunk_or_four():
    assert len({digest(shuffled=seed, least=least) for seed in (0, 1, 2) for least in (1000, COUNTY)}) == 1


def test_one_filing_more_is_another_digest():
    plan = preset("shanxi")
    inputs = draw(plan, COUNTY, 1)
    before = canonical.pack(inputs, {})
    inputs.cells["month"][3, 4, 0] = 1234
    assert canonical.digest(canonical.pack(inputs, {})) != canonical.digest(before)


def test_without_the_order_of_keys_shuffled_rows_would_be_other_bytes(monkeypatch):
    before = digest(shuffled=1, least=1000)
    monkeypatch.setattr(canonical, "_ordered", lambda inputs: inputs)
    assert digest(shuffled=1, least=1000) != before
