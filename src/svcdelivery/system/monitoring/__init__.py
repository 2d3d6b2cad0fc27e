"""Monitoring: samples out of probes, and the detectors that watch them.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from svcdelivery.system.monitoring.detectors import (
    AbsenceDetector,
    Alert,
    BurnRateDetector,
    Detector,
    RateDetector,
    SeasonalDetector,
    ThresholdDetector,
)
from svcdelivery.system.monitoring.samples import Sample, Samples, Series

__all__ = [
    "AbsenceDetector",
    "Alert",
    "BurnRateDetector",
    "Detector",
    "RateDetector",
    "Sample",
    "Samples",
    "SeasonalDetector",
    "Series",
    "ThresholdDetector",
]
