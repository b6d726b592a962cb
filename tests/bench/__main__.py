"""python -m tests.bench --scale=county: the recompute against the limit, in a database of its own that is dropped afterwards.

The server is that of TEST_DATABASE_OWNER_URL or DATABASE_OWNER_URL, else the embedded one.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
os.environ.setdefault("TEST_DATABASE_OWNER_URL", os.environ.get("DATABASE_OWNER_URL", ""))
os.environ.setdefault("TEST_DB_SUFFIX", "bench")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--scale", choices=("county", "city", "province", "nation"), default="county")
    parser.add_argument(
        "--path", choices=("engine", "product"), help="one run of one path in BENCH_DATABASE; the bench calls itself so"
    )
    options = parser.parse_args()
    django.setup()
    if options.path:
        from tests.bench import paths

        paths.here(options.path)
    else:
        from tests.bench import run

        run.bench(options.scale)


main()
