"""Agreements: every promise as plain data."""

from __future__ import annotations

from svcdelivery.agreement.coverage import CoveredService, Term, Who
from svcdelivery.agreement.duty import SurveyTerms, UpdateDuty
from svcdelivery.agreement.goal import Boundary, Goal, TimeKind, Within
from svcdelivery.agreement.lifecycle import AGREEMENT_TABLE, AgreementLifecycle, AgreementStatus
from svcdelivery.agreement.measure import STANDARD_MEASURES, Measure, standard_measure
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
    ServiceAgreement,
)
from svcdelivery.agreement.target import Scope, ServiceLevelTarget

__all__ = [
    "AGREEMENT_TABLE",
    "STANDARD_HOLD_REASONS",
    "STANDARD_MEASURES",
    "AgreementLifecycle",
    "AgreementRecord",
    "AgreementRevision",
    "AgreementStatus",
    "AgreementStatusChanged",
    "Boundary",
    "CoveredService",
    "Goal",
    "MatrixCell",
    "Measure",
    "NamedHours",
    "PriorityScheme",
    "RevisionRegistered",
    "Scope",
    "ServiceAgreement",
    "ServiceLevelTarget",
    "SurveyTerms",
    "Term",
    "TimeKind",
    "UpdateDuty",
    "Who",
    "Within",
    "agreement_stream",
    "fold_agreement",
    "standard_measure",
]
