"""Terms of the field in one sentence each, for hover texts and for the Methods page."""

from fingen_core.market import Step
from fingen_core.market.step import DAILY, Span

__all__ = ["glossary"]

_SPANS: tuple[Span, ...] = ("month", "quarter", "year")
_GLOSSARY: dict[str, str] = {
    "Adversarial loss": "What a GAN's generator pays when the critic tells its draws from real days.",
    "Block bootstrap": "Tomorrow is a stretch of the past, cut at random; a rival that cannot go beyond history.",
    "Condition": "What a model is told about today's market: how strongly assets moved together lately, and which way.",
    "Coverage": "How often losses beyond value at risk came, against how often they should: 1 day in 100 at 99 %.",
    "Critic": "A GAN's judge: it learns to tell generated days from real ones, and the generator learns to please it.",
    "CRPS": "Continuous ranked probability score: distance of a forecast from what came; lower is better.",
    "CVaR": "Conditional value at risk: mean loss of the worst outcomes; the same as expected shortfall.",
    "Deflated Sharpe ratio": "Probability that the best of many rules beats the best of as many worthless ones.",
    "Design point": "The least noise that brings a loss: the center of all ways to it, smoother than any path.",
    "Diebold-Mariano t": "Difference of two forecasts' mean scores in standard errors; below −2: beyond luck.",
    "Drawdown": "Share lost since the highest value so far.",
    "Effective paths": "How many independent paths are worth as much as these, which are weighted or related.",
    "Efficient frontier": "Portfolios with the least volatility for each mean return.",
    "Entropy pooling": "Weights of plain paths, as even as possible, under which a view holds on average.",
    "Euler contribution": "A position's mean loss in the portfolio's tail; these add up to expected shortfall.",
    "Expected shortfall": "Mean loss of the outcomes beyond value at risk; 97.5 % is Basel's market-risk standard.",
    "Fan": "Quantiles of many paths day by day: bands that hold half and nine tenths of them.",
    "FHS": "Filtered historical simulation: past shocks rescaled to today's volatility; the main rival.",
    "Floor": "What two halves of history miss of each other: the least that can be asked of a model.",
    "Free bits": "What each latent factor of a VAE may tell without paying for it; keeps factors from falling silent.",
    "FZ0": "Joint score of value at risk and expected shortfall (Fissler and Ziegel); lower is better.",
    "GAN": "Generative adversarial network: a generator and a critic that learn against each other.",
    "Generated": "Drawn by a model that learned from history. It has not happened and is not a prediction.",
    "GJR-GARCH": "A volatility model in which falls raise volatility more than rises do.",
    "Gradient penalty": "Keeps the slope of a GAN's critic near one, so that its verdicts guide the generator.",
    "Horizon": f"Number of trading days that a path covers: {DAILY.legend(*_SPANS).partition(': ')[2]}",
    "Innovation": "What is left of a day's return after its expected volatility is divided out: the news.",
    "KL divergence": "How far a VAE's code strays from normal noise; its weight trades sharpness for smoothness.",
    "Kupiec test": "Whether losses broke through value at risk as often as its level says; a small p says no.",
    "Latent factor": "Hidden common cause that moves several assets at once.",
    "Log return": "Logarithm of today's price over yesterday's; log returns add up over days.",
    "Look-ahead": "A rule that uses what was not known yet; here the days to come are not in memory when it decides.",
    "Mode collapse": "A GAN's generator draws too much of the same: too little variance, or in too few directions.",
    "Novelty": "How far generated windows lie from the nearest historical one, against how far new history lies.",
    "Path": "One possible sequence of days for all assets together.",
    "PIT": "Probability integral transform: where what came stood among the paths; even bars mean right spread.",
    "Posterior collapse": "A VAE's decoder stops listening to the latent factors, and they carry nothing.",
    "Probability of overfitting": "How often the best rule of one half of history falls behind in the other half.",
    "Rebalancing": "Trading back to the wanted weights, on fixed days.",
    "Reverse stress": "Begins with a loss and asks for the most plausible ways to it.",
    "Rival": "A classical generator that every model is compared with.",
    "Severity": "The worst share of the paths that is looked at, by loss over the horizon.",
    "Sharpe ratio": "Mean over standard deviation of daily returns, scaled to a year; interest is not taken off here.",
    "Stress day": "A day among the worst tenth by the mean return of all assets.",
    "Subset simulation": "Comes to rare events step by step: keeps the worst fifth, moves copies of it about, again.",
    "Superior predictive ability": "Test whether the best of many rules beats a benchmark beyond luck.",
    "Time under water": "Days in a row below an earlier high.",
    "VAE": "Variational autoencoder: learns a latent code of market days and draws new days from it.",
    "Value at risk": "The loss that only a given share of outcomes exceeds: 1 in 20 at 95 %.",
    "Volatility": "Root mean square of daily returns, scaled to a year.",
    "Volatility filter": "Turns past returns into today's expected volatility, asset by asset.",
    "Walk-forward": "Decide on what was known, hold through days that follow, move on, decide again.",
    "Window": "A stretch of history as long as the horizon; neighboring windows overlap.",
}
"""Term to explanation, in alphabetical order, for days."""


def glossary(step: Step) -> dict[str, str]:
    """Term to explanation, in alphabetical order, in the words of a market's step."""
    told = {term: step.retold(text) for term, text in _GLOSSARY.items()}
    if step != DAILY:
        told["Horizon"] = step.legend(*_SPANS, that="that a path covers")
    return told
