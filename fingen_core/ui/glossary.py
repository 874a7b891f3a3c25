"""Terms of the field in one sentence each, for hover texts and for the Methods page."""

__all__ = ["GLOSSARY"]

GLOSSARY: dict[str, str] = {
    "Adversarial loss": "What a GAN's generator pays when the critic tells its draws from real days.",
    "Block bootstrap": "Tomorrow is a stretch of the past, cut at random; a rival that cannot go beyond history.",
    "Condition": "What a model is told about today's market: how strongly assets moved together lately, and which way.",
    "Critic": "A GAN's judge: it learns to tell generated days from real ones, and the generator learns to please it.",
    "CRPS": "Continuous ranked probability score: distance of a forecast from what came; lower is better.",
    "Drawdown": "Share lost since the highest value so far.",
    "Expected shortfall": "Mean loss of the outcomes beyond value at risk; 97.5 % is Basel's market-risk standard.",
    "Fan": "Quantiles of many paths day by day: bands that hold half and nine tenths of them.",
    "FHS": "Filtered historical simulation: past shocks rescaled to today's volatility; the main rival.",
    "Free bits": "What each latent factor of a VAE may tell without paying for it; keeps factors from falling silent.",
    "FZ0": "Joint score of value at risk and expected shortfall (Fissler and Ziegel); lower is better.",
    "GAN": "Generative adversarial network: a generator and a critic that learn against each other.",
    "Generated": "Drawn by a model that learned from history. It has not happened and is not a prediction.",
    "GJR-GARCH": "A volatility model in which falls raise volatility more than rises do.",
    "Gradient penalty": "Keeps the slope of a GAN's critic near one, so that its verdicts guide the generator.",
    "Horizon": "Number of trading days that a path covers: 21 are a month, 63 a quarter, 252 a year.",
    "Innovation": "What is left of a day's return after its expected volatility is divided out: the news.",
    "KL divergence": "How far a VAE's code strays from normal noise; its weight trades sharpness for smoothness.",
    "Latent factor": "Hidden common cause that moves several assets at once.",
    "Log return": "Logarithm of today's price over yesterday's; log returns add up over days.",
    "Mode collapse": "A GAN's generator draws too much of the same: too little variance, or in too few directions.",
    "Path": "One possible sequence of days for all assets together.",
    "Posterior collapse": "A VAE's decoder stops listening to the latent factors, and they carry nothing.",
    "Rival": "A classical generator that every model is compared with.",
    "Severity": "The worst share of the paths that is looked at, by loss over the horizon.",
    "Stress day": "A day among the worst tenth by the mean return of all assets.",
    "VAE": "Variational autoencoder: learns a latent code of market days and draws new days from it.",
    "Value at risk": "The loss that only a given share of outcomes exceeds: 1 in 20 at 95 %.",
    "Volatility": "Root mean square of daily returns, scaled to a year.",
    "Volatility filter": "Turns past returns into today's expected volatility, asset by asset.",
    "Window": "A stretch of history as long as the horizon; neighboring windows overlap.",
}
"""Term to explanation, in alphabetical order."""
