"""How a command runs: what was asked, judged and written, the ports it goes through, and the rows it leaves."""

from __future__ import annotations

__all__: list[str] = []
