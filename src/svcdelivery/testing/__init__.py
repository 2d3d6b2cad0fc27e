"""What helps to test: the conformance kit for storage adapters, fakes and simulators. Ask for each by module."""

from __future__ import annotations

__all__: list[str] = []
