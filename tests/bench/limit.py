"""What no program on this database can beat: the same rows out, the same results in, and nothing done with them."""

from __future__ import annotations

import subprocess

import psycopg
from django.conf import settings

from governance.binary_copy import PIECE
from tests import databases
from tests.bench.report import seconds
from tests.bench.world import YEAR

ROWS = f"SELECT post_id, sheet, period, scores FROM stars_assessment WHERE year = {YEAR} AND status = 3"
RESULTS = "SELECT * FROM stars_rating"
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'stars_rating'::regclass"


def psql() -> str:
    """The system's, or the one beside the embedded server."""
    return str(settings.EMBEDDED.binaries / "psql") if settings.EMBEDDED else "psql"


def copy_out(database: str, rows: str = ROWS) -> float:
    """Seconds that psql takes to throw the rows away."""
    command = [psql(), databases.url("owner", database), "-qc", f"COPY ({rows}) TO STDOUT (FORMAT binary)"]
    return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))


class CopyIn:
    """The results of an earlier run, encoded, into a table of the same shape; then the same indexes and a commit."""

    def __init__(self, database: str) -> None:
        self.connection = psycopg.connect(databases.url("owner", database), autocommit=True)
        self.indexes = [
            row[0].replace(" ON public.stars_rating ", " ON bench_rating ").replace("INDEX ", "INDEX bench_", 1)
            for row in self.connection.execute(INDEXES)
        ]
        with self.connection.cursor().copy(f"COPY ({RESULTS}) TO STDOUT (FORMAT binary)") as copy:
            self.encoded = b"".join(copy)

    def seconds(self) -> float:
        self.connection.execute("DROP TABLE IF EXISTS bench_rating")
        return seconds(self._run)

    def _run(self) -> None:
        with self.connection.transaction():
            self.connection.execute("CREATE TABLE bench_rating (LIKE stars_rating INCLUDING CONSTRAINTS)")
            with self.connection.cursor().copy("COPY bench_rating FROM STDIN (FORMAT binary)") as copy:
                for start in range(0, len(self.encoded), PIECE):
                    copy.write(self.encoded[start : start + PIECE])
            for index in self.indexes:
                self.connection.execute(index)
