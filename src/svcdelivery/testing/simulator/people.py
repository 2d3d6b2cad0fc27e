"""Who is who in the simulation: the provider's staff and programs, and the end users of both customers."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.escalation.notices import StaticRoster
from svcdelivery.identity import Actor
from svcdelivery.security import Person, StaticDirectory

__all__ = [
    "CLOSER",
    "CUSTOMERS",
    "OFFICER",
    "OWNER",
    "PORTAL",
    "PROBE",
    "PROBLEM_MANAGER",
    "QUALITY",
    "SERVICES",
    "Service",
    "directory",
    "end_users",
    "roster",
    "people",
    "team_of",
]

OWNER = Actor.staff("olga")
"""Registers the agreements."""
QUALITY = Actor.staff("quentin")
"""Looks after the corrective actions."""
PROBLEM_MANAGER = Actor.staff("petra")
"""Looks into what comes up again and again."""
OFFICER = Actor.staff("sasha")
"""Sees to vulnerabilities and security incidents."""
PORTAL = Actor.system("portal")
"""Takes in what end users ask for."""
PROBE = Actor.system("probe")
"""Measures components, and tells what it measured."""
CLOSER = Actor.system("closer")
"""Closes what has been done for some days."""


@frozen(kw_only=True)
class Service:
    """A service and how much of a customer's work it brings.

    Attributes:
        role: The end users who may ask for it; empty for all.
        weight: Its share among the customer's services.
        incidents: The share of incidents among its work.
    """

    customer: str
    id: str
    team: str
    role: str
    weight: int
    incidents: float
    requests_for: tuple[str, ...]
    troubles_with: tuple[str, ...]


SERVICES = (
    Service(
        customer="acme", id="email", team="workplace", role="", weight=34, incidents=0.55,
        requests_for=("a shared mailbox", "a larger mailbox", "a distribution list", "a colleague's calendar"),
        troubles_with=("mail does not arrive", "the client asks for the password again", "attachments are lost"),
    ),
    Service(
        customer="acme", id="laptop", team="field", role="employee", weight=22, incidents=0.4,
        requests_for=("a new laptop", "a docking station", "a second screen", "more memory"),
        troubles_with=("the laptop does not start", "the battery is empty within an hour", "the screen flickers"),
    ),
    Service(
        customer="acme", id="print", team="workplace", role="", weight=14, incidents=0.7,
        requests_for=("a badge for the printers", "a printer on the third floor"),
        troubles_with=("paper jam on the second floor", "nothing is printed", "colors are wrong"),
    ),
    Service(
        customer="globex", id="vpn", team="network", role="employee", weight=20, incidents=0.65,
        requests_for=("access from home", "a token for a contractor", "access to the test network"),
        troubles_with=("the tunnel breaks off every hour", "no connection since this morning", "the token is refused"),
    ),
    Service(
        customer="globex", id="payroll", team="payroll", role="finance", weight=10, incidents=0.5,
        requests_for=("a report of overtime", "a new pay group", "access for the auditor"),
        troubles_with=("the payroll run stops", "a bonus is missing", "the bank file is rejected"),
    ),
)  # fmt: skip

CUSTOMERS = ("acme", "globex")

_STAFF = {
    "ada": ("agent",), "ben": ("agent",), "cleo": ("agent",), "dmitri": ("agent",), "fatou": ("field_technician",),
    "gil": ("field_technician",), "nadia": ("network_engineer",), "noor": ("network_engineer",),
    "pavel": ("payroll_specialist",), "olga": ("owner",), "quentin": ("quality",),
    "petra": ("problem_manager",), "sasha": ("security_officer",),
}  # fmt: skip
_TEAMS = {
    "workplace": ("ada", "ben", "cleo"),
    "field": ("fatou", "gil", "dmitri"),
    "network": ("nadia", "noor", "cleo"),
    "payroll": ("pavel", "ada"),
}
_ACME = (
    "agnes", "bruno", "celine", "denis", "elodie", "franck", "gaelle", "hugo", "ines", "jules", "karim", "lea", "marc",
    "nina", "oscar", "paul",
)  # fmt: skip
_GLOBEX = (
    "alice", "bob", "carol", "dan", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim", "liam", "mia", "noah",
)  # fmt: skip
_GUESTS = ("acme.guest", "globex.visitor")
_LEFT = "acme.formerly"


def team_of(name: str) -> tuple[str, ...]:
    """Answer the members of a team, the usual one first."""
    return _TEAMS[name]


def end_users(customer: str, role: str = "") -> tuple[str, ...]:
    """Answer the end users of a customer who have the role; all of them without one."""
    return tuple(p.id for p in _end_users() if p.customer == customer and p.active and (not role or role in p.roles))


def _end_users() -> list[Person]:
    people = [Person(id=f"acme.{name}", roles=("employee",), customer="acme") for name in _ACME]
    for index, name in enumerate(_GLOBEX):
        # Every third one does the books; the last two are contractors, who may not ask for everything.
        roles = ("contractor",) if index >= len(_GLOBEX) - 2 else ("employee", "finance")[: 1 + (index % 3 == 0)]
        people.append(Person(id=f"globex.{name}", roles=roles, customer="globex"))
    people += [Person(id=guest, roles=("guest",), customer=guest.partition(".")[0]) for guest in _GUESTS]
    people.append(Person(id=_LEFT, roles=("employee",), customer="acme", active=False))
    return people


def roster() -> StaticRoster:
    """Answer whom roles and teams mean."""
    roles = dict.fromkeys(role for held in _STAFF.values() for role in held)
    return StaticRoster(
        roles={role: [name for name, held in _STAFF.items() if role in held] for role in roles}, teams=_TEAMS
    )


def people() -> list[Person]:
    """Answer everybody: staff by role, programs, and end users with and without entitlements."""
    staff = [Person(id=name, roles=roles) for name, roles in _STAFF.items()]
    programs = [Person(id=program.id) for program in (PORTAL, CLOSER, PROBE)]
    return [*staff, *programs, *_end_users()]


def directory() -> StaticDirectory:
    """Answer the directory of everybody."""
    return StaticDirectory(people())
