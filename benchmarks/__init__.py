"""Ratios against baselines that are measured in the same run, so that the figures mean the same on every machine."""

__all__: list[str] = []
