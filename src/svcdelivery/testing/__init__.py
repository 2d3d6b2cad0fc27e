"""What helps to test: held time, conformance kit, simulator, runner of vectors. Ask for each by module."""

from __future__ import annotations

__all__: list[str] = []
