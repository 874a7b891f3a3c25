"""Evidence on generators as pictures: tables and portraits in, figures out; each has a twin that gives its data."""

from fingen_core.charts.validation.backtest import EQUAL, breaches, breaches_data, rolling_lights, rolling_lights_data
from fingen_core.charts.validation.calibration import coverage, coverage_data, pit_histogram, pit_histogram_data
from fingen_core.charts.validation.comparison import loss_difference, loss_difference_data
from fingen_core.charts.validation.how import HOW
from fingen_core.charts.validation.memory import (
    aggregation,
    aggregation_data,
    autocorrelation,
    autocorrelation_data,
    leverage,
    leverage_data,
)
from fingen_core.charts.validation.novelty import (
    Compared,
    closest_window,
    closest_window_data,
    novelty_distances,
    novelty_distances_data,
)
from fingen_core.charts.validation.samples import Portrayed, Walked
from fingen_core.charts.validation.scoreboard import scoreboard, scoreboard_data, scores, scores_data, shown
from fingen_core.charts.validation.shape import drawdowns, drawdowns_data, qq, qq_data, survival, survival_data
from fingen_core.charts.validation.together import heat_maps, heat_maps_data

__all__ = [
    "EQUAL",
    "HOW",
    "Compared",
    "Portrayed",
    "Walked",
    "aggregation",
    "aggregation_data",
    "autocorrelation",
    "autocorrelation_data",
    "breaches",
    "breaches_data",
    "closest_window",
    "closest_window_data",
    "coverage",
    "coverage_data",
    "drawdowns",
    "drawdowns_data",
    "heat_maps",
    "heat_maps_data",
    "leverage",
    "leverage_data",
    "loss_difference",
    "loss_difference_data",
    "novelty_distances",
    "novelty_distances_data",
    "pit_histogram",
    "pit_histogram_data",
    "qq",
    "qq_data",
    "rolling_lights",
    "rolling_lights_data",
    "scoreboard",
    "scoreboard_data",
    "scores",
    "scores_data",
    "shown",
    "survival",
    "survival_data",
]
