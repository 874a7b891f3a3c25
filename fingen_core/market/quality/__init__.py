"""Is this history fit to learn from? What is wrong with it, in words, and what would mend it."""

from fingen_core.market.quality.checks import MIN_DATES
from fingen_core.market.quality.look import least_dates
from fingen_core.market.quality.remedies import Finding, Remedy, Severity, apply_remedy, tidy
from fingen_core.market.quality.report import QualityReport, quality_report

__all__ = [
    "MIN_DATES",
    "Finding",
    "QualityReport",
    "Remedy",
    "Severity",
    "apply_remedy",
    "least_dates",
    "quality_report",
    "tidy",
]
