"""What lies on disk, and what to do about what no longer can be read."""

from fingen_core.storage.damage import Damaged
from fingen_core.storage.reading import BROKEN, numbers, read_object, reason, unreadable, well_typed

__all__ = ["BROKEN", "Damaged", "numbers", "read_object", "reason", "unreadable", "well_typed"]
