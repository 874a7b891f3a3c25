"""What a training learned, in charts: scores against the rivals, a path beside the real one, every loss."""

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.training import curves as charts
from fingen_core.metrics.long_run import MIN_STEPS
from fingen_core.runs import Run
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.runs.words import rivals_of
from fingen_core.ui.session import state

__all__ = ["PLAYERS", "learning", "losses"]

PLAYERS = {"filter": "Volatility filter", "vae": "VAE", "critic": "Critic", "generator": "Generator"}
TERMS = {
    "likelihood": "Negative log likelihood",
    "reconstruction": "Reconstruction",
    "kl": "KL divergence",
    "moments": "Moment error",
    "correlation": "Correlation error",
    "tail": "Tail score (FZ0)",
    "memory": "Memory error",
    "spectral": "Spectral distance",
    "label": "Missed label",
    "adversarial": "Adversarial",
    "wasserstein": "Minus Wasserstein distance",
    "cross-entropy": "Cross-entropy",
    "minimax": "Cross-entropy (minimax)",
    "least-squares": "Least squares",
    "hinge": "Hinge",
    "gradient_penalty": "Gradient penalty",
    "r1": "R1 penalty",
    "gradient_norm": "Gradient norm",
    "active_units": "Active latent factors",
    "told_apart": "Real ranked above generated",
    "variance": "Variance of draws",
    "effective_rank": "Directions of draws",
    "mismatch": "Moment error of draws",
}
HOW_TERMS = {
    "reconstruction": "How badly the decoder tells an example from its code: minus the log likelihood, or the squared "
    "error. It falls as the model learns. Its level depends on the likelihood and on the number of assets: watch the "
    "way down, not the height.",
    "kl": "How much the codes say: distance of the code of an example from the standard normal that codes are drawn "
    "from later. It usually rises while the model finds a use for its factors and falls as the warm-up brings its "
    "weight in. Near 0 the decoder ignores the factors: lower the weight of the KL divergence, or give it free bits.",
    "wasserstein": "The critic's loss: its mean score of generated examples less that of real ones, which is minus its "
    "estimate of the distance between them. Below 0 it sees a difference, and the closer to 0 the better the draws; "
    "above 0 it takes the generated ones for the more real and says nothing about their distance.",
    "adversarial": "What the generator makes smaller: how fake the critic finds its draws. The critic's scale shifts "
    "as it learns, so this need not fall; the scores on the validation days say whether the draws get better.",
    "label": "How far generated windows miss what their severity label says that they sum up to: mean square, in units "
    "of the variance of a day. It falls as the model learns to listen.",
    "active_units": "Latent factors whose mean varies from day to day by more than .01: the ones that carry anything.",
    "told_apart": "Share of pairs in which the critic ranks a real day above a generated one. A half is guessing; near "
    "1 the generator has nothing to learn from, far below a half it is ahead of the critic.",
    "variance": "Variance of generated days over that of real ones; 1 is right.",
    "effective_rank": "In how many directions generated days vary (exponential of the entropy of their principal "
    "variances), over that of real ones; 1 is right, far below 1 is mode collapse.",
    "mismatch": "Difference of mean, spread, skew and kurtosis between generated and real days, in units of chance; "
    "the detectors call more than .2 visible.",
    "gradient_norm": "Length of the gradient of the whole weighted loss, before it is clipped.",
}

HOW_SCORES = """
The days at the end of the history that were held out are replayed one by one: from what was known the evening before,
the model and both rivals draw the next day, and each draw is scored against what came, over a fixed set of portfolios.

- **FZ0** judges value at risk and expected shortfall together, at the tail named
- **CRPS** judges the whole distribution

Lower is better for both. The best checkpoint is chosen on these same days, so the model's score is a little kinder than
the truth; the rivals choose nothing. The table in the README is out of time for all of them.
"""
HOW_SAMPLE = """
One generated path of the equal-weight portfolio, drawn anew at each validation, under the last stretch of real history
of the same length. It should not copy the line above: look for the same *kind* of days, with calm and wild stretches,
and about the same volatility and worst day.
"""


def learning(run: Run, curves: pd.DataFrame) -> None:
    """What it learned: scores against the rivals, a path beside the real one, every loss."""
    dark = state.dark()
    left, right = st.columns(2, gap="medium")
    with left:
        _scores(run, curves, dark)
    with right:
        real, period = _real_path(run.id, len(run.progress.get("sample") or []) or MIN_STEPS)
        sample = run.progress.get("sample")
        show.chart(
            charts.beside_real(sample, real, period, dark=dark),
            alt="Daily returns of an equal-weight portfolio: real above, one generated path below, same axes.",
            key="train_sample",
            how=HOW_SAMPLE,
        )
    losses(run, curves)


def _scores(run: Run, curves: pd.DataFrame, dark: bool) -> None:
    names = [name for name in charts.SCORE_NAMES if name in set(curves["name"]) or name in ("fz0_2.5", "crps")]
    score = st.session_state.get("train_score") or "fz0_2.5"
    score = score if score in names else "fz0_2.5"
    curve = curves.loc[curves["name"] == score, ["step", "phase", "value"]]
    show.chart(
        charts.scores(curve, rivals_of(run, score), score, dark=dark),
        alt=f"{charts.SCORE_NAMES[score]} of the model over the training steps, and of its rivals as level lines.",
        key="train_scores",
        how=HOW_SCORES,
    )
    st.segmented_control(
        "Score",
        names,
        format_func=lambda name: charts.SCORE_NAMES[name].replace(" score", ""),
        default="fz0_2.5",
        required=True,
        key="train_score",
        label_visibility="collapsed",
    )


def losses(run: Run, curves: pd.DataFrame) -> None:
    """Small charts of one player's terms, those of the present one unless another is chosen; none before the first."""
    found = curves[curves["name"].str.contains("/", regex=False)]
    if not len(found):
        return
    player_of = found["name"].str.partition("/")[0]
    players = list(dict.fromkeys(player_of))
    newest = str(player_of.iloc[-1])
    # The key holds the newest player, so that the choice follows the training until a person makes one.
    player = st.segmented_control(
        "Losses of",
        players,
        format_func=lambda name: PLAYERS.get(name, name),
        default=newest,
        required=True,
        key=f"train_player_{run.id}_{newest}_{len(players)}",
    )
    marks = {change.step: f"rate {change.rate:.2g}" for change in run.changes if change.player == player}
    terms = list(dict.fromkeys(found.loc[player_of == player, "name"]))
    st.caption("Each term without its weight, so that curves of different trainings can be compared.")
    for row in range(0, len(terms), 3):
        for column, name in zip(st.columns(3, gap="medium"), terms[row : row + 3], strict=False):
            title = TERMS.get(name.partition("/")[2], name.partition("/")[2])
            curve = found[found["name"] == name]
            again = "; gray: the refit" if curve["phase"].str.contains("refit").any() else ""
            with column:
                show.chart(
                    charts.loss(curve, title, PLAYERS.get(str(player), "") + again, marks=marks, dark=state.dark()),
                    alt=f"{title} over the training steps.",
                    key=f"train_loss_{name}",
                    how=HOW_TERMS.get(name.partition("/")[2]),
                )


@st.cache_data(max_entries=32, show_spinner=False)
def _real_path(run_id: str, length: int) -> tuple[Array, str]:
    """Equal-weight log returns of the last days that the run was trained on, and which days those are."""
    market = state.store().market(run_id)
    part = np.log(np.expm1(market.log_returns()[-length:]).mean(axis=1) + 1)
    dates = market.return_dates[-length:]
    return part, f"to {dates[-1]:%Y-%m-%d}"
