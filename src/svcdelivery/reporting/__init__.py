"""Reporting: the figures of service delivery, and the six work products as files."""

from __future__ import annotations

from svcdelivery.reporting.attributes import installed_attributes
from svcdelivery.reporting.breaches import Breach
from svcdelivery.reporting.compliance import Compliance, MeasureCompliance
from svcdelivery.reporting.credits import AgreementCredits
from svcdelivery.reporting.explanations import explanation_html, explanation_page
from svcdelivery.reporting.figures import Figure, FigureUnit
from svcdelivery.reporting.measures import MeasuredValue, definitions_of, measures, write_measures
from svcdelivery.reporting.performance import Performance
from svcdelivery.reporting.products import ImportReport, WorkProducts, report_of_import, write_work_products
from svcdelivery.reporting.qualities import Qualities, ServiceAvailability
from svcdelivery.reporting.timelines import timeline_html, timeline_page

__all__ = [
    "AgreementCredits",
    "Breach",
    "Compliance",
    "Figure",
    "FigureUnit",
    "ImportReport",
    "MeasureCompliance",
    "MeasuredValue",
    "Performance",
    "Qualities",
    "ServiceAvailability",
    "WorkProducts",
    "definitions_of",
    "explanation_html",
    "explanation_page",
    "installed_attributes",
    "measures",
    "report_of_import",
    "timeline_html",
    "timeline_page",
    "write_measures",
    "write_work_products",
]
