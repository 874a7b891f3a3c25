"""The verdict on screen: three lights with a sentence each, and what a model is bad at, said first."""

from collections.abc import Sequence

import streamlit as st

from fingen_core.reports.validation import QUESTIONS, judged_days
from fingen_core.reports.weaknesses import counted, weaknesses
from fingen_core.ui.kit import show
from fingen_core.ui.session import lights, state
from fingen_core.ui.validation.choice import Evidence
from fingen_core.validation.verdict import rules

__all__ = ["sample", "show_lights", "show_weaknesses"]

_MOST = 5


def show_lights(found: Sequence[Evidence]) -> None:
    """A card for each question; of several models a row for each."""
    step = state.step()
    for row, one in enumerate(found):
        if len(found) > 1:
            st.markdown(f"**{one.candidate.name}**")
        for column, light in zip(st.columns(3, gap="small"), one.validation.lights, strict=False):
            with column, st.container(border=True, height="stretch", key=f"light-{light.color}-{row}-{light.question}"):
                told = show.typeset(step.retold(light.sentence))
                st.markdown(f"{QUESTIONS[light.question]}\n#### {lights.word(light)}\n{told}")
        st.caption(step.retold(sample(one)))
    with st.popover("When a light is good", icon=":material/traffic:", type="tertiary"):
        for question, text in rules().items():
            st.markdown(f"**{QUESTIONS[question]}** {show.typeset(step.retold(text))}")
    if len({(one.ours.one_day.dates[0], len(one.ours.one_day.dates)) for one in found}) > 1:
        st.info(
            "These were judged on different days, each against the history before them, and so were their rivals, "
            "which charts show once for each model. Compare the verdicts, not the scores.",
            icon=":material/calendar_month:",
        )


def sample(one: Evidence) -> str:
    """What was judged on which days, in a sentence."""
    ours, reference = one.ours, one.reference
    refit = [rival.label for rival in one.rivals if rival.refit_yearly]
    kinds = {
        "quick": f"the model as it was on {reference.last_date}",
        "full": f"the same settings, trained anew up to {reference.last_date}",
        "after": f"the model as it is, which has seen no day after {reference.last_date}",
    }
    text = "A quick look: a full validation judges more days and outweighs it. " if one.is_quick else ""
    text += (
        f"Judged on {judged_days(ours.one_day.dates)} and on "
        f"{ours.portrait.n_paths:,} paths of {ours.portrait.n_steps} days: {kinds[one.validation.kind]}. "
    )
    text += f"Rivals: {'; '.join(rival.label for rival in one.rivals) or 'none'}."
    return text + (f" Refitted every year: {'; '.join(refit)}." if refit else "")


def show_weaknesses(found: Sequence[Evidence]) -> None:
    """What each model is bad at, before anything that speaks for it."""
    for one, column in zip(found, st.columns(len(found), gap="medium"), strict=True):
        listed = [state.step().retold(line) for line in weaknesses(one.table, one.ours.key)]
        title = "What it is bad at" if len(found) == 1 else f"What “{one.candidate.name}” is bad at"
        with column:
            st.markdown(f"##### {title}")
            if listed:
                st.markdown("\n".join(f"- {show.typeset(line)}" for line in listed[:_MOST]))
            else:
                st.markdown("Nothing measured is clearly worse than its best rival and beyond history's own noise.")
            if len(listed) > _MOST:
                with st.expander(f"{len(listed) - _MOST} more", key=f"weak-more-{one.candidate.id}"):
                    st.markdown("\n".join(f"- {show.typeset(line)}" for line in listed[_MOST:]))
            st.caption(show.typeset(state.step().retold(counted(one.table, one.ours.key))))
