"""The operational definitions of the figures a report shows; each figure names its own.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 3
"""

from __future__ import annotations

from svcdelivery.quality import MeasureDefinition

__all__ = [
    "ACTIONS_EFFECTIVE",
    "ACTIONS_OVERDUE",
    "ACTIONS_WITHOUT_BREACH",
    "ALERTS_RAISED",
    "BACKLOG",
    "BACKLOG_AGE",
    "BREACHES_ANSWERED",
    "CANCELLED",
    "CLOSED",
    "COMMANDS_REFUSED",
    "FINDINGS",
    "GRANTS_TO_REVIEW",
    "PARTIES_TOLD",
    "REVIEWS_OWED",
    "SECURITY_INCIDENTS_OPEN",
    "VULNERABILITIES_OPEN",
    "VULNERABILITIES_OVERDUE",
    "CONTINUOUS_DELIVERIES",
    "COUNTED_TIME",
    "DEFINITIONS",
    "DELIVERED",
    "DONE_NOT_CLOSED",
    "GOALS_MET",
    "INCIDENTS_ON_WORKAROUND",
    "INVITATION_DELAY",
    "ITEMS_WITH_TARGET",
    "KNOWN_ERRORS",
    "MAINTENANCE_OPEN",
    "MAJOR_INCIDENTS",
    "MEAN_SCORE",
    "PROBLEMS",
    "PROBLEMS_OPEN",
    "RECEIVED",
    "REJECTED",
    "REOPENED",
    "REOPENINGS",
    "REQUESTS_REFUSED",
    "RESPONSE_RATE",
    "RUNS_FINISHED",
    "SATISFIED",
    "SERVICE_CREDITS",
    "STANDING_REQUESTS",
    "THRESHOLD_REVISIONS",
    "TRAINING_OVERDUE",
    "UPDATES_IN_TIME",
    "WALL_TIME",
    "WORKAROUNDS",
]

_TERMS = ("agreement.revision_registered/1", "agreement.status_changed/1", "agreement.exclusion_authorized/1")
_RECEIPTS = ("request.received/1", "incident.recorded/1", "work.observed/1")
_MOVES = (
    "work.accepted/1", "work.rejected/1", "work.assigned/1", "work.started/1", "work.put_on_hold/1", "work.resumed/1",
    "request.fulfilled/1", "incident.resolved/1", "work.closed/1", "work.reopened/1", "work.cancelled/1",
    "work.priority_changed/1", "work.corrected/1",
)  # fmt: skip
_ITEMS = (*_RECEIPTS, *_MOVES)
_CLOCKS = (*_ITEMS, "work.message_posted/1", "work.linked/1", "clock.time_excluded/1", *_TERMS)
_ACTIONS = (
    "improvement.raised/1", "improvement.planned/1", "improvement.overdue/1", "improvement.implemented/1",
    "improvement.verified/1", "improvement.waived/1", "improvement.waiver_ended/1",
)  # fmt: skip
_UPDATES = (
    "communication.update_due/1", "communication.update_missed/1", "communication.updates_ended/1",
    "work.message_posted/1",
)  # fmt: skip
_PROBLEMS = (
    "problem.recorded/1", "problem.investigated/1", "problem.known_error_declared/1", "problem.incident_linked/1",
    "problem.incident_unlinked/1", "problem.workaround_documented/1", "problem.workaround_withdrawn/1",
    "problem.workaround_applied/1", "problem.workaround_released/1", "problem.resolved/1", "problem.settled/1",
)  # fmt: skip
_VULNERABILITIES = (
    "vulnerability.detected/1", "vulnerability.assessed/1", "vulnerability.not_affected/1", "vulnerability.accepted/1",
    "vulnerability.acceptance_ended/1", "vulnerability.verified/1", "vulnerability.closed/1",
    "vulnerability.reopened/1", "vulnerability.policies_set/1",
)  # fmt: skip
_SECURITY_INCIDENTS = (
    "security.incident_reported/1", "security.incident_assessed/1", "security.incident_moved/1",
    "security.party_notified/1",
)  # fmt: skip
_MAINTENANCE = (
    "maintenance.requested/1", "maintenance.planned/1", "maintenance.started/1", "maintenance.completed/1",
    "maintenance.verified/1", "maintenance.refused/1", "maintenance.withdrawn/1",
)  # fmt: skip
_SURVEYS = ("satisfaction.invited/1", "satisfaction.answered/1", "satisfaction.withdrawn/1")

GOALS_MET = MeasureDefinition(
    name="goals_met",
    question="How much of what was promised in time was done in time?",
    formula="clocks that met their goal / clocks judged",
    unit="share",
    sources=(*_CLOCKS, "clock.breach_exempted/1"),
    excludes="clocks not yet due, cancelled, not started, exempted, or with hours not known; items without a target",
    convention="clocks that met their goal, of all judged; one still open past its due instant is judged, as breached",
)
SERVICE_CREDITS = MeasureDefinition(
    name="service_credits",
    question="What is owed for promises not kept?",
    formula="the credits of each target and period by the steps of the terms, rounded and capped as they say",
    unit="currency",
    sources=(*_CLOCKS, "clock.breach_exempted/1"),
    excludes="exempted breaches",
    convention="by the terms of each revision; final when no clock and no period it was taken from is still open",
)
ITEMS_WITH_TARGET = MeasureDefinition(
    name="items_with_target",
    question="How much of the work was anything promised for?",
    formula="items with a clock / items",
    unit="share",
    sources=(*_ITEMS, *_TERMS),
    convention="items at least one clock was read of, of all items",
)
COUNTED_TIME = MeasureDefinition(
    name="counted_time",
    question="How much agreed time does an answer take?",
    formula="smallest time with that share of all times at or below it",
    unit="duration",
    sources=_CLOCKS,
    excludes="clocks still open, cancelled, not started, or with hours not known",
    convention="percentile by nearest rank, over clocks that stopped; counted time as the goal counts it",
)
WALL_TIME = MeasureDefinition(
    name="wall_time",
    question="How long does an answer take by the clock on the wall?",
    formula="smallest time with that share of all times at or below it",
    unit="duration",
    sources=_CLOCKS,
    excludes="clocks still open, cancelled, not started, or with hours not known",
    convention="percentile by nearest rank, over clocks that stopped; wall time outside pauses",
)


def _count(name: str, question: str, convention: str, sources: tuple[str, ...] = _ITEMS) -> MeasureDefinition:
    return MeasureDefinition(
        name=name, question=question, formula="a count", unit="items", sources=sources, convention=convention
    )


RECEIVED = _count("received", "How much came in?", "items on record", _RECEIPTS)
DELIVERED = _count(
    "delivered", "How much was delivered?", "items fulfilled, resolved or closed, each once, of all on record"
)
DONE_NOT_CLOSED = _count("done_not_closed", "How much waits to be closed?", "of the delivered, those not yet closed")
CLOSED = _count("closed", "How much is over?", "of the delivered, those closed")
CANCELLED = _count("cancelled", "How much was given up?", "items given up, of all on record")
REJECTED = _count("rejected", "How much was turned down?", "requests turned down, of all requests")
REOPENED = _count("reopened", "How many came back?", "items reopened at least once, of all on record")
REOPENINGS = _count("reopenings", "How often did items come back?", "how often items were reopened")
BACKLOG = _count(
    "backlog", "How much is still open?", "items neither done nor closed, cancelled or rejected, of all on record"
)
MAJOR_INCIDENTS = _count(
    "major_incidents",
    "How often was something so grave that everybody had to help?",
    "incidents declared major at least once, of all incidents",
    ("incident.recorded/1", "incident.major_declared/1"),
)
STANDING_REQUESTS = _count(
    "standing_requests",
    "How much does the agreement itself ask for?",
    "requests made by agreements, by their standing requests, of all items on record",
    ("request.received/1",),
)
CONTINUOUS_DELIVERIES = _count(
    "continuous_deliveries",
    "Which services were simply there?",
    "periods over which a continuous service was delivered",
    ("standing.service_delivered/1",),
)
ALERTS_RAISED = _count(
    "alerts_raised",
    "How much did monitoring find before anybody called?",
    "alerts of monitoring that were recorded as incidents, of all alerts",
    ("monitoring.alert_raised/1",),
)
MAINTENANCE_OPEN = _count(
    "maintenance_open",
    "What of the service system waits to be put right?",
    "maintenance requests neither closed nor refused nor withdrawn, of all on record",
    _MAINTENANCE,
)
TRAINING_OVERDUE = _count(
    "training_overdue",
    "Who should have learned something by now?",
    "needs of training that are past their due instant, of those not met",
    ("training.need_raised/1", "training.need_withdrawn/1", "training.completed/1"),
)
THRESHOLD_REVISIONS = _count(
    "threshold_revisions",
    "How often was it decided anew what is too much or too little?",
    "thresholds set, the first of each metric included",
    ("threshold.revised/1",),
)
RUNS_FINISHED = MeasureDefinition(
    name="runs_finished",
    question="How often do procedures do what they should?",
    formula="runs finished / runs that ended",
    unit="share",
    sources=(
        "procedure.run_begun/1", "procedure.run_finished/1", "procedure.run_aborted/1", "procedure.run_rolled_back/1",
    ),
    excludes="runs under way",
    convention="runs of procedures that took their last step, of all that ended",
)  # fmt: skip
PROBLEMS = _count("problems", "How many causes of incidents are looked into?", "problems on record", _PROBLEMS)
PROBLEMS_OPEN = _count(
    "problems_open",
    "How many are not done away with yet?",
    "neither resolved nor closed nor given up, of all on record",
    _PROBLEMS,
)
KNOWN_ERRORS = _count(
    "known_errors", "Of how many is the cause known?", "problems whose cause is known, of those open", _PROBLEMS
)
WORKAROUNDS = _count(
    "workarounds",
    "With how many can one live meanwhile?",
    "those one can live with meanwhile, of the known errors",
    _PROBLEMS,
)
INCIDENTS_ON_WORKAROUND = _count(
    "incidents_on_workaround",
    "How many incidents come back if a workaround fails?",
    "incidents resolved by a workaround alone and not closed, of those linked to problems",
    (*_PROBLEMS, *_ITEMS),
)
VULNERABILITIES_OPEN = _count(
    "vulnerabilities_open",
    "How many weaknesses are not corrected yet?",
    "vulnerabilities neither verified as corrected nor found not to affect, of all on record",
    _VULNERABILITIES,
)
VULNERABILITIES_OVERDUE = _count(
    "vulnerabilities_overdue",
    "How many should have been corrected by now?",
    "open vulnerabilities whose earliest due instant has passed, of those open",
    _VULNERABILITIES,
)
FINDINGS = _count(
    "findings", "What did the breach watch find?", "findings on record, each once", ("security.finding_raised/1",)
)
SECURITY_INCIDENTS_OPEN = _count(
    "security_incidents_open",
    "How many security incidents are not recovered from?",
    "security incidents neither dismissed nor recovered from, of all reported",
    _SECURITY_INCIDENTS,
)
PARTIES_TOLD = _count(
    "parties_told",
    "Were those told in time who had to be?",
    "duties to tell somebody of a security incident that were met, of those judged",
    (*_SECURITY_INCIDENTS, *_TERMS),
)
REVIEWS_OWED = _count(
    "reviews_owed",
    "Which uses of broken glass has nobody looked at?",
    "openings of broken glass that were used and not reviewed",
    ("security.decided/1", "access.break_glass_opened/1", "access.break_glass_reviewed/1"),
)
GRANTS_TO_REVIEW = _count(
    "grants_to_review",
    "Which grants should somebody look at?",
    "grants without end, unused for 90 days, resting on one that does not hold, or for a service that may not be "
    "delivered, of those neither revoked nor over",
    ("access.granted/1", "access.revoked/1", "security.decided/1", *_TERMS),
)
BACKLOG_AGE = MeasureDefinition(
    name="backlog_age",
    question="How long has the open work been waiting?",
    formula="smallest age with that share of all ages at or below it",
    unit="duration",
    sources=_ITEMS,
    excludes="items done, closed, cancelled or rejected",
    convention="wall time from receipt to the instant of the report, of items still open; percentile by nearest rank",
)
BREACHES_ANSWERED = MeasureDefinition(
    name="breaches_answered",
    question="Is something done about each breach?",
    formula="breached clocks with an action or a waiver / breached clocks",
    unit="share",
    sources=(*_CLOCKS, *_ACTIONS),
    excludes="exempted breaches",
    convention="breached clocks with a corrective action or a waiver, of all breached clocks",
)
ACTIONS_EFFECTIVE = MeasureDefinition(
    name="actions_effective",
    question="Do corrective actions work?",
    formula="actions found effective / actions raised and not waived",
    unit="share",
    sources=_ACTIONS,
    excludes="waived actions",
    convention="corrective actions shown to work, of those raised and not waived",
)
ACTIONS_OVERDUE = MeasureDefinition(
    name="actions_overdue",
    question="How many corrective actions are late themselves?",
    formula="a count",
    unit="actions",
    sources=_ACTIONS,
    convention="corrective actions that should have been implemented by the instant of the report",
)
ACTIONS_WITHOUT_BREACH = MeasureDefinition(
    name="actions_without_breach",
    question="Which actions answer a breach that is none any more?",
    formula="a count",
    unit="actions",
    sources=(*_ACTIONS, *_CLOCKS),
    convention="corrective actions whose clock does not read as breached at the instant of the report",
)
UPDATES_IN_TIME = MeasureDefinition(
    name="updates_in_time",
    question="Do people hear how their work stands when they were promised to?",
    formula="updates given by their due instant / updates that fell due",
    unit="share",
    sources=_UPDATES,
    excludes="updates not yet due, those the end of the work came before, those replaced by other terms",
    convention="status updates given by their due instant, of all that fell due; one noticed late or never counts as "
    "missed",
)
RESPONSE_RATE = MeasureDefinition(
    name="response_rate",
    question="How many of those asked say how satisfied they are?",
    formula="answers / invitations that stand",
    unit="share",
    sources=_SURVEYS,
    excludes="invitations withdrawn by a reopening",
    convention="answers, of invitations that stand, those still open included",
)
SATISFIED = MeasureDefinition(
    name="satisfied",
    question="How many of those who answer are satisfied?",
    formula="answers in the best scores / answers",
    unit="share",
    sources=_SURVEYS,
    excludes="invitations open, expired or withdrawn",
    convention="answers in the two best scores of their scale, of up to three scores in the best, of all answers",
)
MEAN_SCORE = MeasureDefinition(
    name="mean_score",
    question="What score do those who answer give?",
    formula="sum of scores / answers, each scale apart",
    unit="score",
    sources=_SURVEYS,
    excludes="invitations open, expired or withdrawn",
    convention="mean of scores from 1, the worst, to the best of the scale; n is the denominator",
)
INVITATION_DELAY = MeasureDefinition(
    name="invitation_delay",
    question="How soon after the delivery are people asked?",
    formula="smallest delay with that share of all delays at or below it",
    unit="duration",
    sources=("satisfaction.invited/1",),
    convention="from the delivery to its invitation, by nearest rank; nothing when both are one transaction",
)
REQUESTS_REFUSED = MeasureDefinition(
    name="requests_refused",
    question="How much was asked for that was not permitted?",
    formula="receipts denied / receipts decided",
    unit="share",
    sources=("security.decided/1",),
    excludes="imported work, which was never decided here",
    convention="receipts denied, of all receipts decided at the desk; imported work was never decided here",
)
COMMANDS_REFUSED = MeasureDefinition(
    name="commands_refused",
    question="How often was staff not permitted what it tried?",
    formula="commands denied / commands decided",
    unit="share",
    sources=("security.decided/1",),
    excludes="receipts",
    convention="denied commands other than receipts, of all such decisions",
)

DEFINITIONS: tuple[MeasureDefinition, ...] = (
    GOALS_MET, ITEMS_WITH_TARGET, SERVICE_CREDITS, COUNTED_TIME, WALL_TIME, RECEIVED, DELIVERED, DONE_NOT_CLOSED,
    CLOSED, CANCELLED, REJECTED, REOPENED, REOPENINGS, MAJOR_INCIDENTS, BACKLOG, BACKLOG_AGE, PROBLEMS, PROBLEMS_OPEN,
    KNOWN_ERRORS, WORKAROUNDS, INCIDENTS_ON_WORKAROUND, BREACHES_ANSWERED, ACTIONS_EFFECTIVE, ACTIONS_OVERDUE,
    ACTIONS_WITHOUT_BREACH, UPDATES_IN_TIME, RESPONSE_RATE, SATISFIED, MEAN_SCORE, INVITATION_DELAY, REQUESTS_REFUSED,
    COMMANDS_REFUSED, VULNERABILITIES_OPEN, VULNERABILITIES_OVERDUE, FINDINGS, SECURITY_INCIDENTS_OPEN, PARTIES_TOLD,
    REVIEWS_OWED,
    GRANTS_TO_REVIEW,
    STANDING_REQUESTS, CONTINUOUS_DELIVERIES, ALERTS_RAISED, MAINTENANCE_OPEN, TRAINING_OVERDUE,
    THRESHOLD_REVISIONS, RUNS_FINISHED,
)  # fmt: skip
"""All of them, in the order of a report."""
