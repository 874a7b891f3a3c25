"""Tests of forecasts: were the hits as many, as scattered and as deep as promised, and is one forecast better?"""

from fingen_core.backtests.comparison import DieboldMariano, diebold_mariano, newey_west_lags, standard_error
from fingen_core.backtests.coverage import (
    AcerbiSzekely,
    Christoffersen,
    LikelihoodRatio,
    TrafficLight,
    acerbi_szekely,
    christoffersen,
    kupiec,
    rolling_traffic_lights,
    traffic_light,
)

__all__ = [
    "AcerbiSzekely",
    "Christoffersen",
    "DieboldMariano",
    "LikelihoodRatio",
    "TrafficLight",
    "acerbi_szekely",
    "christoffersen",
    "diebold_mariano",
    "kupiec",
    "newey_west_lags",
    "rolling_traffic_lights",
    "standard_error",
    "traffic_light",
]
