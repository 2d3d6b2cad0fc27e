"""Everything of a tenant out of a store and into another: as JSON Lines, as Arrow, or straight, byte for byte."""

from __future__ import annotations

from svcdelivery.storage.transfer.arrow import export_arrow, import_arrow
from svcdelivery.storage.transfer.json_lines import export_json_lines, import_json_lines
from svcdelivery.storage.transfer.straight import copy_tenant, tenant_digests
from svcdelivery.storage.transfer.tenant import Moved

__all__ = [
    "Moved",
    "copy_tenant",
    "export_arrow",
    "export_json_lines",
    "import_arrow",
    "import_json_lines",
    "tenant_digests",
]
