"""What helps to test: time you hold, the conformance kit, the simulator, the runner of vectors. Ask for each by module."""

from __future__ import annotations

__all__: list[str] = []
