"""What the "How to read this" popovers of the evidence say, and what the report prints below its pictures."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["HOW"]

HOW: Mapping[str, str] = MappingProxyType(
    {
        "breaches": """
Gray: what the portfolio really returned. The line below is the loss that was forecast, the evening before, to be
exceeded with the promised chance only. Red: it was exceeded. Right forecasts are exceeded as often as promised, and
not in a row: the line has to fall **before** the losses come.
""",
        "rolling_lights": """
Breaches within the last 250 forecasts (half of them where there are few). The zones are those of Basel's traffic
light: yellow begins where a right forecast would have shown fewer breaches with a chance of 95 %, red at 99.99 %.
Basel Committee (1996), "Supervisory framework for the use of backtesting".
""",
        "coverage": """
A row for each tail: observed over promised share of breaches. Inside the gray band the difference is luck, as 95 of
100 right forecasts would stay in it (binomial; overlapping forecasts count once). Left of 1 the forecast was too
careful, right of 1 too bold.
""",
        "pit_histogram": """
For each forecast, the share of its draws below what came (probability integral transform). If forecasts are right,
these are even: bars of one height, give or take luck (band). A hump in the middle: too wide; high ends: too narrow.
Diebold, Gunther and Tay (1998), International Economic Review 39.
""",
        "loss_difference": """
FZ0 scores value at risk and expected shortfall together, lower is better. The line adds up, forecast by forecast, the
score less the rival's: where it falls, this one is better, where it rises, the rival is. The gray cone is what equally
good forecasts stay in with a chance of 95 % (at its end: the Diebold-Mariano test). Steps show which days decide.
""",
        "survival": """
For each size of loss the chance of a larger one, both axes logarithmic. Heavy tails run almost straight, a normal
distribution bends down at once. Unit: the volatility of history over the horizon, the same for all lines. A line ends
where its sample does.
""",
        "qq": """
Each point is one probability: across, the quantile of history, up, that of the sample. On the diagonal both agree.
Below it on the left: losses larger than history's; above it on the left: too mild. The outermost points of history
rest on a handful of days.
""",
        "drawdowns": """
For each depth, the share of years in which the equal-weight portfolio fell at least so far below an earlier high.
Windows of history overlap, so thousands of days hold only a few independent years.
""",
        "autocorrelation": """
How much a day tells of a day later. Of absolute returns it is positive for months in real markets: volatility
clusters. Of returns themselves it is nearly zero, or prices would be easy to foretell. The band is what independent
days would show. Cont (2001), Quantitative Finance 1.
""",
        "leverage": """
Correlation of today's return with the squared return days later. Below zero: losses are followed by more volatility
than gains, as in stock markets. The band is what independent days would show. Cont (2001), Quantitative Finance 1.
""",
        "aggregation": """
Kurtosis (3 is normal) of returns summed over more and more days. Independent days would lose it quickly, in proportion
to one over the days; clustered volatility keeps it for months. Measured on as many days as history has, since kurtosis
grows with the sample.
""",
        "correlation": """
History, generated, and their difference, in one order (cluster of history). The third map has a sharper scale.
Sand: generated assets move together too little; indigo: too much.
""",
        "tail_dependence": """
For each pair the chance that one has one of its worst 5 % of days on a day when the other has; 5 % if they fell
independently. A model can have every correlation right and still let assets fall alone.
""",
        "novelty_distances": """
Distance of each generated window of days to the nearest real one; beside it, of real windows to the nearest real one
that shares no day with them. Windows are standardized by asset and brought to one size, so this is a distance of
shapes. Copies of history pile up at 0; a resampled history wins every other comparison because it **is** the sample.
""",
        "closest_window": """
Of all generated windows, the one that comes nearest to history, over the real one it comes near to. Bold: equal weight;
thin: each asset. If these two were alike line by line, the generator would have learned days by heart.
""",
        "scoreboard": """
For each measure, the distance from history divided by its floor: the distance between two halves of history itself.
Left of the floor nothing is left to gain, since history disagrees with itself as much. The block bootstrap wins many
rows because it is made of the sample; novelty and tomorrow's forecast are what a model adds.
""",
        "scores": """
Mean score less the rival's, lower is better, with the bar of luck around it (95 %, Newey-West). Wholly left of the
line: better beyond luck. FZ0 scores the loss forecasts, CRPS the distribution, the energy score all assets at once.
""",
    }
)
"""Markdown by chart."""
