"""Reporting: the figures of service delivery, and the six work products as files."""

from __future__ import annotations

from svcdelivery.reporting.breaches import Breach
from svcdelivery.reporting.compliance import Compliance, MeasureCompliance
from svcdelivery.reporting.credits import AgreementCredits
from svcdelivery.reporting.explanations import explanation_html, explanation_page
from svcdelivery.reporting.figures import Figure, FigureUnit
from svcdelivery.reporting.performance import Performance
from svcdelivery.reporting.products import ImportReport, WorkProducts, report_of_import, write_work_products
from svcdelivery.reporting.timelines import timeline_html, timeline_page

__all__ = [
    "AgreementCredits",
    "Breach",
    "Compliance",
    "Figure",
    "FigureUnit",
    "ImportReport",
    "MeasureCompliance",
    "Performance",
    "WorkProducts",
    "explanation_html",
    "explanation_page",
    "report_of_import",
    "timeline_html",
    "timeline_page",
    "write_work_products",
]
