"""What processes have held at the most, as Linux counts it; a peak by getrusage begins at the parent's."""

import re
from pathlib import Path

from governance.sandbox.process import reader


def held(process: int | str) -> float:
    """Megabytes; 0 where the process is over."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0


def held_by_the_reader() -> float:
    """Megabytes; 0 where it died over its file, which the limit on its memory sees to."""
    return held(reader._child.pid) if reader._child else 0
