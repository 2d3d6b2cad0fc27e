"""Service level targets: a measure, whose work it speaks of, the goal, and the rules of its clock."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction

from attrs import Attribute, field, frozen

from svcdelivery.agreement.backing import Backing
from svcdelivery.agreement.credit import BreachCredit, PeriodCredit
from svcdelivery.agreement.goal import Boundary, DueAt, Goal, NoTarget, WithinCalendarDays
from svcdelivery.agreement.period import Periods
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import LEFT_OUT
from svcdelivery.identity import identifier, names

__all__ = [
    "DueWhilePaused",
    "OnChange",
    "OnDuplicate",
    "OnMerge",
    "OnReopening",
    "OnSplit",
    "Scope",
    "ServiceLevelTarget",
]


class DueWhilePaused(Enum):
    """What due instant a clock shows while it stands still with part of its goal left.

    None; the one it had when the pause began; or the one it would have if the pause ended now.
    """

    NONE = "none"
    FROZEN = "frozen"
    SLIDING = "sliding"


class OnChange(Enum):
    """What happens when a change of priority or service chooses another target in this one's place.

    The other counts from the original start and earned pauses stay; or it starts anew at the change; or this target
    stays with the work.
    """

    RETROACTIVE = "retroactive"
    RESTART = "restart"
    KEEP = "keep"


class OnReopening(Enum):
    """What becomes of a clock that ended with the work, when the work is reopened.

    It runs on and the time between is a pause; it starts anew and what it showed is forgotten; or what it showed stays
    and a new cycle begins.
    """

    RESUME = "resume"
    RESTART = "restart"
    NEW_CYCLE = "new_cycle"


class OnDuplicate(Enum):
    """What becomes of the clocks of an item that another one stands for from then on: a duplicate, or one merged away.

    They are cancelled; or they follow the other one and stop when it is done; or they run on by themselves.
    """

    CANCEL = "cancel"
    FOLLOW = "follow"
    RUN = "run"


class OnMerge(Enum):
    """From when the clocks of an item count that stands for others: its own receipt, or the earliest of them all."""

    OWN = "own"
    EARLIEST = "earliest"


class OnSplit(Enum):
    """From when the clocks of a part count that was split off: its own receipt, or that of what it was part of."""

    ANEW = "anew"
    INHERIT = "inherit"


@frozen(kw_only=True)
class Scope:
    """Which work a target speaks of; a part left empty means any."""

    kinds: frozenset[str] = field(default=frozenset(), converter=names)
    services: frozenset[str] = field(default=frozenset(), converter=names)
    priorities: frozenset[str] = field(default=frozenset(), converter=names)

    def matches(self, *, kind: str, service: str, priority: str | None) -> bool:
        """Answer whether work of that kind, service and priority is meant."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.services or service in self.services)
            and (not self.priorities or priority in self.priorities)
        )

    @property
    def specificity(self) -> tuple[int, int, int]:
        """How narrow the scope is: a named service outweighs a named priority, that a named kind of work."""
        return (bool(self.services), bool(self.priorities), bool(self.kinds))

    def __str__(self) -> str:
        parts = (("kind", self.kinds), ("service", self.services), ("priority", self.priorities))
        named = [f"{word} {' or '.join(sorted(values))}" for word, values in parts if values]
        return ", ".join(named) or "any work"


def _share(_target: ServiceLevelTarget, attribute: Attribute[Fraction], value: Fraction) -> None:
    if not 0 < value <= 1:
        raise InvalidValueError(what="a promised share", value=value, path=attribute.name, hint="over 0 and at most 1")


@frozen(kw_only=True)
class ServiceLevelTarget:
    """The most agreed time that one kind of answer may take.

    Attributes:
        name: Unique in its revision; readings, timers and reports carry it.
        measure: The name of a measure.
        hours: The name of the service hours whose open time counts; None counts round the clock.
        pause_on: Hold reasons during which the clock stands still.
        share_promised: The share of the work that must meet the goal, 1 for all of it.
        share_periods: The periods in each of which the share is promised; None for the whole time a report speaks of.
        credit: What is owed for a breach, or for a period whose share was not reached.
        clause: The place in the signed text, for explanations.
        pauses_move_due: Whether pauses move a due instant that is a date, of `WithinCalendarDays` or `DueAt`; they
            always move that of other goals.
        on_change: The rule of the target that applied until the change.
        excludes: The causes of exclusions whose time does not count.
        on_duplicate: The rule where the item is found to be a duplicate, or is merged into another.
        on_merge: The rule where others are merged into the item, or found to be its duplicates.
        on_split: The rule where the item was split from another.
        backing: Who owes it to the provider; None for what the provider owes the customer.
    """

    name: str = field(converter=identifier)
    measure: str
    goal: Goal | NoTarget
    scope: Scope = Scope()
    hours: str | None = None
    pause_on: frozenset[str] = field(default=frozenset(), converter=names)
    boundary: Boundary = Boundary.CLOSE
    share_promised: Fraction = field(default=Fraction(1), validator=_share)
    clause: str = ""
    pauses_move_due: bool = field(default=False, metadata=LEFT_OUT)
    due_while_paused: DueWhilePaused = field(default=DueWhilePaused.NONE, metadata=LEFT_OUT)
    on_change: OnChange = field(default=OnChange.RETROACTIVE, metadata=LEFT_OUT)
    on_reopening: OnReopening = field(default=OnReopening.RESUME, metadata=LEFT_OUT)
    excludes: frozenset[str] = field(default=frozenset(), converter=names, metadata=LEFT_OUT)
    on_duplicate: OnDuplicate = field(default=OnDuplicate.CANCEL, metadata=LEFT_OUT)
    on_merge: OnMerge = field(default=OnMerge.OWN, metadata=LEFT_OUT)
    on_split: OnSplit = field(default=OnSplit.ANEW, metadata=LEFT_OUT)
    backing: Backing | None = field(default=None, metadata=LEFT_OUT)
    share_periods: Periods | None = field(default=None, metadata=LEFT_OUT)
    credit: BreachCredit | PeriodCredit | None = field(default=None, metadata=LEFT_OUT)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.credit, PeriodCredit) and self.share_periods is None:
            raise InvalidValueError(
                what="a credit for periods",
                value=self.name,
                path="credit",
                problem="the share is promised in no period",
                hint="give `share_periods`",
            )
        if self.pauses_move_due and not isinstance(self.goal, WithinCalendarDays | DueAt):
            raise InvalidValueError(
                what="a goal whose due instant pauses may leave alone",
                value=str(self.goal),
                path="pauses_move_due",
                hint="pauses always move it: leave the rule out",
            )

    @property
    def moves_with_pauses(self) -> bool:
        """Whether pauses move the due instant."""
        return self.pauses_move_due or not isinstance(self.goal, WithinCalendarDays | DueAt)
