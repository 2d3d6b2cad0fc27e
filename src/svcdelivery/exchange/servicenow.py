"""ServiceNow: its audit log of incidents, with the standard column names and English statuses."""

from __future__ import annotations

from svcdelivery.exchange.log_profile import LogProfile, SourceStatus

__all__ = ["SERVICENOW"]

SERVICENOW = LogProfile(
    name="servicenow",
    kind="incident",
    id="number",
    updated_at="sys_updated_at",
    status="incident_state",
    statuses=(
        SourceStatus("New", "recorded"),
        SourceStatus("Active", "in_progress"),
        SourceStatus("Awaiting User Info", "on_hold", "customer"),
        SourceStatus("Awaiting Vendor", "on_hold", "supplier"),
        SourceStatus("Awaiting Problem", "on_hold", "provider"),
        SourceStatus("Awaiting Evidence", "on_hold", "customer"),
        SourceStatus("Resolved", "resolved"),
        SourceStatus("Closed", "closed"),
        SourceStatus("Canceled", "cancelled"),
    ),
    irregular=("-100",),
    times="%d/%m/%Y %H:%M",
    # Audit logs of this system are published in the system's own time, and that is UTC.
    zone="Etc/UTC",
    received_at="opened_at",
    counter="sys_mod_count",
    fields=(
        ("requester", "caller_id"),
        # The log's first-level description of the service an incident hits.
        ("service", "category"),
        ("priority", "priority"),
        ("impact", "impact"),
        ("urgency", "urgency"),
        ("channel", "contact_type"),
        ("team", "assignment_group"),
        ("assignee", "assigned_to"),
    ),
    constants=(("customer", "customer"),),
    look_ahead=(
        ("resolved_at", "resolved"),
        ("resolved_by", "resolved"),
        ("closed_at", "closed"),
        ("closed_code", "closed"),
    ),
    missing=("?",),
)
"""One row an update of an incident; customer and agreement are named by the caller, with `naming`."""
