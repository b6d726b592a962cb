"""Filling in without a network: a page as one file, and what it saves, merged field by field.

form     what the file carries beside the sheet     reading  what comes back, believed in nothing
merging  the base, the typed and the present score  uploads  kept, applied or thrown away
"""

from stars.offline.merging import Choice
from stars.offline.uploads import apply_offline, discard_offline, store_offline

__all__ = ["Choice", "apply_offline", "discard_offline", "store_offline"]
