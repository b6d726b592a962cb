"""The counties of the demo: the one that it is about, and two of the same city that stand at an earlier stage."""

from dataclasses import dataclass

from stars.demo.secretaries import Mix
from stars.models import RatingYear

Stage = RatingYear.Stage


@dataclass(frozen=True)
class Setting:
    """reaches  how far the county's last year has come by the demo's day

    own_township  its clerk's open windows are left to the newcomer; only the home county has one
    document_no   under which the county adopted the policy
    """

    path: str
    mix: Mix
    reaches: Stage
    document_no: str
    own_township: str = ""


HOME = Setting(
    "140821", Mix(weak=26, vetoed=3, new=44, vacant=11, best="霍村"), Stage.PUBLISHED, "临组发〔{year}〕18号", "140821108"
)
NEIGHBOURS = [
    Setting("140827", Mix(weak=7, vetoed=1, new=9, vacant=3), Stage.COMPUTED, "垣组发〔{year}〕21号"),
    Setting("140829", Mix(weak=11, vetoed=2, new=15, vacant=5), Stage.PUBLICITY, "平组发〔{year}〕16号"),
]
SHOWN = [  # who signs in: one account for each role of the home county; of the neighbours, who takes the next steps
    "county", "county2", "leader", f"clerk-{HOME.own_township}", f"head-{HOME.own_township}", "huo", "auditor", "department",
    "sysadmin", "secadmin", "auditadmin", *(f"{role}-{neighbour.path}" for neighbour in NEIGHBOURS for role in ("county", "leader")), "county4-140829",
    "kaifeng", "kaifeng-finance",
]  # fmt: skip
