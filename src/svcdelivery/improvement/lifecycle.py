"""What may happen to a corrective action."""

from __future__ import annotations

from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle

__all__ = ["ACTION_TABLE", "ActionLifecycle", "ActionStatus"]


class ActionStatus(Status):
    """Where a corrective action stands."""

    RAISED = "raised"
    IMPLEMENTED = "implemented"
    EFFECTIVE = "effective"
    WAIVED = "waived"


_S = ActionStatus


class ActionLifecycle(Lifecycle):
    """What may happen to a corrective action: one that proves ineffective, or whose waiver ends, is open again."""

    states = States.from_enum(_S, initial=_S.RAISED, final=[_S.EFFECTIVE])
    phases = {
        _S.RAISED: Phase.ACTIVE,
        _S.IMPLEMENTED: Phase.DONE,
        _S.EFFECTIVE: Phase.CLOSED,
        _S.WAIVED: Phase.CANCELLED,
    }

    plan = states.RAISED.to.itself()
    implement = states.RAISED.to(states.IMPLEMENTED)
    find_effective = states.IMPLEMENTED.to(states.EFFECTIVE, cond="shown_long_enough")
    find_ineffective = states.IMPLEMENTED.to(states.RAISED)
    waive = states.RAISED.to(states.WAIVED)
    end_waiver = states.WAIVED.to(states.RAISED, cond="waiver_over")


ACTION_TABLE: LifecycleTable[ActionStatus] = compile_lifecycle(ActionLifecycle)
