"""The service desk: every use case of one tenant, over one store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.ports import IdSource
from svcdelivery.desk.operations.approaches import ApproachDesk
from svcdelivery.desk.operations.components import ComponentDesk
from svcdelivery.desk.operations.maintenance import MaintenanceDesk
from svcdelivery.desk.operations.monitoring import MonitoringDesk
from svcdelivery.desk.operations.procedures import ProcedureDesk
from svcdelivery.desk.operations.readiness import ReadinessDesk
from svcdelivery.desk.operations.safety import SafetyDesk
from svcdelivery.desk.operations.schedules import ScheduleDesk
from svcdelivery.desk.operations.standing import StandingDesk
from svcdelivery.desk.operations.thresholds import ThresholdDesk
from svcdelivery.desk.operations.training import TrainingDesk
from svcdelivery.desk.security.access import AccessDesk
from svcdelivery.desk.security.breach_watch import BreachDesk
from svcdelivery.desk.security.security_incidents import SecurityIncidentDesk
from svcdelivery.desk.security.vulnerabilities import VulnerabilityDesk
from svcdelivery.desk.terms.agreements import AgreementDesk
from svcdelivery.desk.watch import HANDLERS, Watch
from svcdelivery.desk.work.actions import ActionDesk
from svcdelivery.desk.work.dispatch import Dispatch
from svcdelivery.desk.work.imports import ImportDesk
from svcdelivery.desk.work.incidents import IncidentDesk
from svcdelivery.desk.work.orders import OrderDesk
from svcdelivery.desk.work.problems import ProblemDesk
from svcdelivery.desk.work.requests import RequestDesk
from svcdelivery.desk.work.subscriptions import SubscriptionDesk
from svcdelivery.errors import InvalidValueError
from svcdelivery.escalation.notices import STANDARD_TEXTS, Contacts, Notifier, RateLimit, Roster, Templates
from svcdelivery.identity import Actor
from svcdelivery.security import Authorizer, Directory
from svcdelivery.storage.protocol import Store
from svcdelivery.system import ComponentDriver
from svcdelivery.timeline import TimeSource
from svcdelivery.work import Correction

__all__ = ["ServiceDesk"]


class ServiceDesk:
    """Requests, orders, incidents, problems and all else that is asked of one tenant, and its watch.

    Commands take `by=` (who asks) and `key=` (names the request to the system; asking again with the same key answers
    the first outcome). Queries take neither.

    Args:
        time: Asked once per command.
        ids: Names new items and surveys; by default UUIDv7 derived from time and key.
        directory: Knows people and their roles; by default everybody is known and nobody has a role.
        authorizer: An engine of the organization's own, which may deny what the rules allow.
        drivers: How components of the service system are operated, by name.
        roster: Knows roles, teams, on-call schedules and managers; by default a role and a team are told under their
            own names, and nobody is on call.
        contacts: Knows how people are reached. Without one the desk records whom it would tell, and tells nobody.
        texts: What is written to people; by default in English.
        notifiers: Who delivers what is written, a channel each; without one for its channel a message waits.
        limits: How often one destination is told something, by channel.
        digest: Whether several pages about one service to one destination are put into one.

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
        authorizer: Authorizer | None = None,
        drivers: Mapping[str, ComponentDriver] | None = None,
        roster: Roster | None = None,
        contacts: Contacts | None = None,
        texts: Templates = STANDARD_TEXTS,
        notifiers: Iterable[Notifier] = (),
        limits: Mapping[str, RateLimit] | None = None,
        digest: bool = False,
    ) -> None:
        engine = Engine(
            store,
            tenant=tenant,
            time=time,
            ids=ids,
            directory=directory,
            authorizer=authorizer,
            roster=roster,
            contacts=contacts,
            texts=texts,
        )
        self.tenant = engine.tenant
        self.store = store
        self.agreements = AgreementDesk(engine)
        self.requests = RequestDesk(engine)
        self.orders = OrderDesk(engine)
        self.incidents = IncidentDesk(engine)
        self.problems = ProblemDesk(engine)
        self.actions = ActionDesk(engine)
        self.safety = SafetyDesk(engine)
        self.access = AccessDesk(engine)
        self.imports = ImportDesk(engine)
        self.components = ComponentDesk(engine, drivers or {})
        self.procedures = ProcedureDesk(engine, self.components)
        self.approaches = ApproachDesk(engine)
        self.vulnerabilities = VulnerabilityDesk(engine)
        self.security_incidents = SecurityIncidentDesk(engine)
        self.thresholds = ThresholdDesk(engine)
        self.training = TrainingDesk(engine)
        self.readiness = ReadinessDesk(engine)
        self.breaches = BreachDesk(engine)
        self.maintenance = MaintenanceDesk(engine)
        self.standing = StandingDesk(engine)
        self.schedules = ScheduleDesk(engine)
        self.subscriptions = SubscriptionDesk(engine)
        self.monitoring = MonitoringDesk(engine, self.procedures)
        self.watch = Watch(engine, (*HANDLERS, *self.breaches.handlers))
        self.dispatch = Dispatch(engine, notifiers, limits=limits, digest=digest)

    def correct(self, item: str, correction: Correction, *, ground: str, by: Actor, key: str) -> Outcome[Any]:
        """Put right what was recorded of an item, named as its stream is: `incident:4711`.

        Raises:
            InvalidValueError: No request and no incident; and as `requests.correct` and `incidents.correct` raise.
        """
        kind, colon, id = item.partition(":")
        desks: dict[str, RequestDesk | IncidentDesk] = {"request": self.requests, "incident": self.incidents}
        if not colon or kind not in desks:
            hint = "such as `request:4711` or `incident:4711`"
            raise InvalidValueError(what="a request or an incident", value=item, path="item", hint=hint)
        return desks[kind].correct(id, correction, ground=ground, by=by, key=key)
