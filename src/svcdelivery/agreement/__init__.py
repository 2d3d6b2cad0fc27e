"""Agreements: every promise as plain data."""

from __future__ import annotations

from svcdelivery.agreement.amendment import AppliesToOpen, OnAmendment
from svcdelivery.agreement.choice import Choice, choose
from svcdelivery.agreement.condition import AllOf, AnyOf, AttributeIs, Condition, Not, PartIs, Signaled
from svcdelivery.agreement.coverage import CoveredService, Term, Who
from svcdelivery.agreement.credit import (
    BreachCredit,
    CreditSum,
    CreditTerms,
    LateStep,
    PeriodCredit,
    Rounding,
    ShareStep,
)
from svcdelivery.agreement.duty import SurveyTerms, UpdateDuty
from svcdelivery.agreement.followed import Followed
from svcdelivery.agreement.goal import (
    Boundary,
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    DueAt,
    Goal,
    NoTarget,
    TimeKind,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
    time_kind,
)
from svcdelivery.agreement.lifecycle import AGREEMENT_TABLE, AgreementLifecycle, AgreementStatus
from svcdelivery.agreement.measure import MEASURE_FAMILIES, SIGNALS, STANDARD_MEASURES, Measure, standard_measure
from svcdelivery.agreement.period import Period, Periods, PeriodUnit
from svcdelivery.agreement.priority import MatrixCell, PriorityScheme
from svcdelivery.agreement.record import (
    AgreementRecord,
    AgreementStatusChanged,
    RevisionRegistered,
    agreement_stream,
    fold_agreement,
)
from svcdelivery.agreement.revision import (
    STANDARD_HOLD_REASONS,
    AgreementRevision,
    NamedHours,
)
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.agreement.settlement import Credit, CreditLine, CreditTally, Missed, Reached, credits_of
from svcdelivery.agreement.suspension import OpenClocks, StatusSince, Suspension
from svcdelivery.agreement.target import DueWhilePaused, OnChange, OnReopening, Scope, ServiceLevelTarget

__all__ = [
    "AGREEMENT_TABLE",
    "MEASURE_FAMILIES",
    "SIGNALS",
    "STANDARD_HOLD_REASONS",
    "STANDARD_MEASURES",
    "AgreementLifecycle",
    "AgreementRecord",
    "AgreementRevision",
    "AgreementStatus",
    "AgreementStatusChanged",
    "AllOf",
    "AnyOf",
    "AppliesToOpen",
    "AttributeIs",
    "Boundary",
    "BreachCredit",
    "ByEndOfWorkingDay",
    "ByTimeOfWorkingDay",
    "Choice",
    "Condition",
    "CoveredService",
    "Credit",
    "CreditLine",
    "CreditSum",
    "CreditTally",
    "CreditTerms",
    "DueAt",
    "DueWhilePaused",
    "Followed",
    "Goal",
    "LateStep",
    "MatrixCell",
    "Measure",
    "Missed",
    "NamedHours",
    "NoTarget",
    "Not",
    "OnAmendment",
    "OnChange",
    "OnReopening",
    "OpenClocks",
    "PartIs",
    "Period",
    "PeriodCredit",
    "PeriodUnit",
    "Periods",
    "PriorityScheme",
    "Reached",
    "RevisionRegistered",
    "Rounding",
    "Scope",
    "ServiceAgreement",
    "ServiceLevelTarget",
    "ShareStep",
    "Signaled",
    "StatusSince",
    "SurveyTerms",
    "Suspension",
    "Term",
    "TimeKind",
    "UpdateDuty",
    "Who",
    "Within",
    "WithinCalendarDays",
    "WithinWorkingDays",
    "agreement_stream",
    "choose",
    "credits_of",
    "fold_agreement",
    "standard_measure",
    "time_kind",
]
