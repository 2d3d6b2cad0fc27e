"""The agreement's own lifecycle: drafted, reviewed, agreed, perhaps suspended, in the end expired or terminated."""

from __future__ import annotations

from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle

__all__ = ["AGREEMENT_TABLE", "AgreementLifecycle", "AgreementStatus"]


class AgreementStatus(Status):
    """Where an agreement stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    AGREED = "agreed"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    TERMINATED = "terminated"


_S = AgreementStatus


class AgreementLifecycle(Lifecycle):
    """What may happen to an agreement."""

    states = States.from_enum(_S, initial=_S.DRAFT, final=[_S.EXPIRED, _S.TERMINATED])
    phases = {
        _S.DRAFT: Phase.NEW,
        _S.IN_REVIEW: Phase.NEW,
        _S.AGREED: Phase.ACTIVE,
        _S.SUSPENDED: Phase.HELD,
        _S.EXPIRED: Phase.CLOSED,
        _S.TERMINATED: Phase.CANCELLED,
    }

    submit = states.DRAFT.to(states.IN_REVIEW)
    send_back = states.IN_REVIEW.to(states.DRAFT)
    agree = states.DRAFT.to(states.AGREED) | states.IN_REVIEW.to(states.AGREED)
    suspend = states.AGREED.to(states.SUSPENDED)
    reinstate = states.SUSPENDED.to(states.AGREED)
    expire = states.AGREED.to(states.EXPIRED) | states.SUSPENDED.to(states.EXPIRED)
    terminate = (
        states.DRAFT.to(states.TERMINATED)
        | states.IN_REVIEW.to(states.TERMINATED)
        | states.AGREED.to(states.TERMINATED)
        | states.SUSPENDED.to(states.TERMINATED)
    )


AGREEMENT_TABLE: LifecycleTable[AgreementStatus] = compile_lifecycle(AgreementLifecycle)
