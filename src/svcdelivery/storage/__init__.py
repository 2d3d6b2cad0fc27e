"""Storage: the protocol adapters implement, and the adapters that come with the library (ask for them by module)."""

from __future__ import annotations

__all__: list[str] = []
