"""A small judge of JSON Schema, for the words that ours use."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

__all__ = ["faults"]

_TYPES: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, Decimal), "boolean": bool, "array": list, "object": dict,
    "null": type(None),
}  # fmt: skip


def faults(schema: Any, value: Any, path: str) -> list[str]:
    """Answer the paths at which a value breaks a schema, for the words of JSON Schema that ours uses."""
    if "anyOf" in schema and all(faults(part, value, path) for part in schema["anyOf"]):
        return [path]
    if "oneOf" in schema:
        return [] if sum(not faults(part, value, path) for part in schema["oneOf"]) == 1 else [path]
    named = schema.get("type", [])
    types = [_TYPES[name] for name in ([named] if isinstance(named, str) else named)]
    if (types and not any(isinstance(value, kind) for kind in types)) or value not in schema.get("enum", [value]):
        return [path]
    broken = value != schema.get("const", value)
    if isinstance(value, str):
        broken = broken or not re.search(schema.get("pattern", ""), value) or len(value) < schema.get("minLength", 0)
    if isinstance(value, int):
        broken = broken or not schema.get("minimum", value) <= value <= schema.get("maximum", value)
    found = [path] if broken else []
    if isinstance(value, list):
        found += [fault for item in value for fault in faults(schema.get("items", {}), item, path)]
    if isinstance(value, dict):
        own, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
        if set(schema.get("required", ())) - set(value) or (rest is False and set(value) - set(own)):
            found.append(path)
        for key, item in value.items():
            found += faults(schema.get("propertyNames", {}), key, f"{path}.{key}")
            found += faults(own.get(key, rest or {}), item, f"{path}.{key}")
    return found
