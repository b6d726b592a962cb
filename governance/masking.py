"""Names where everybody reads them: enough to compare with a paper in one's hand, too little to learn one."""

from __future__ import annotations

DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "长孙", "宇文")


def masked_name(name: str) -> str:
    """张三 → 张*, 张小明 → 张*明, 欧阳小明 → 欧阳*明."""
    surname = 2 if len(name) > 2 and name.startswith(DOUBLE_SURNAMES) else 1
    if len(name) <= surname + 1:
        return name[:surname] + "*" * (len(name) - surname)
    return name[:surname] + "*" * (len(name) - surname - 1) + name[-1]
