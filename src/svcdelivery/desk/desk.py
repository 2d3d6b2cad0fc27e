"""The service desk: every use case of one tenant, over one store."""

from __future__ import annotations

from svcdelivery.desk.actions import ActionDesk
from svcdelivery.desk.agreements import AgreementDesk
from svcdelivery.desk.engine import Engine
from svcdelivery.desk.imports import ImportDesk
from svcdelivery.desk.items import IncidentDesk, RequestDesk
from svcdelivery.desk.ports import IdSource
from svcdelivery.desk.watch import Watch
from svcdelivery.security import Directory
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import TimeSource

__all__ = ["ServiceDesk"]


class ServiceDesk:
    """Agreements, requests, incidents, corrective actions, imports and the watch of one tenant.

    Commands take `by=` (who asks) and `key=` (names the request to the system; asking again with the same key answers
    the first outcome). Queries take neither.

    Args:
        time: Asked once per command.
        ids: Names new items and surveys; by default UUIDv7 derived from time and key.
        directory: Knows people and their roles; by default everybody is known and nobody has a role.

    Source:
        CMMI-SVC 1.3 SD SP 3.2
    """

    def __init__(
        self,
        store: Store,
        *,
        time: TimeSource,
        tenant: str = "main",
        ids: IdSource | None = None,
        directory: Directory | None = None,
    ) -> None:
        engine = Engine(store, tenant=tenant, time=time, ids=ids, directory=directory)
        self.tenant = engine.tenant
        self.store = store
        self.agreements = AgreementDesk(engine)
        self.requests = RequestDesk(engine)
        self.incidents = IncidentDesk(engine)
        self.actions = ActionDesk(engine)
        self.imports = ImportDesk(engine)
        self.watch = Watch(engine)
