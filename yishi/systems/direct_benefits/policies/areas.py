"""The fact that says where an enterprise is registered."""

from __future__ import annotations

#: A managed path.
AREA = "area"
