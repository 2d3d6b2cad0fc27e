"""The schema that policies are checked against: what an organization's policies may speak of."""

from __future__ import annotations

import json
from collections.abc import Iterable

__all__ = ["READ", "cedar_schema"]

READ = frozenset({"view"})
"""Actions in the group `Read`; all others are in the group `Operate`."""

_ENTITIES = """\
entity Customer;
entity Role;
entity Service;
entity Agreement { customer?: Customer, services: Set<Service>, approved: Set<Service>, inForce: Bool };
entity Person in [Role, Customer] { active: Bool, clearances: Set<String> };
entity Item in [Customer] { agreement: Agreement, service: Service, requester?: Person } tags Set<Person>;
type Asked = { now: datetime, micros: Long, kind: String, grants: Set<String>, glass: Bool };
action Operate, Read;
"""


def cedar_schema(actions: Iterable[str]) -> str:
    """Answer the schema's text for these actions.

    `now` is cut to milliseconds, which is as fine as Cedar tells time; `micros` is exact, in microseconds since 1970.
    An item's tags are parts: `resource.getTag("accept")` is the set of those who accepted it.
    """
    lines = [
        f"action {json.dumps(action)} in [{'Read' if action in READ else 'Operate'}] "
        "appliesTo { principal: [Person], resource: [Item], context: Asked };"
        for action in sorted(actions)
    ]
    return _ENTITIES + "\n".join(lines) + "\n"
