"""An app of two pages: the first polls and has a button to the second. Also its launcher, with the cure or without."""

import sys
import time

import streamlit as st
from streamlit.web import cli

from fingen_core.ui import streamlit_patches


@st.fragment(run_every=0.2)
def polls() -> None:
    if st.button("To the second"):
        st.switch_page(SECOND)
    st.write(f"asked at {time.time():.1f}")


def first() -> None:
    polls()
    st.text("all of the first")


def second() -> None:
    """Takes as long to draw as the browser needs to hear of it, and polls nothing that could repair it."""
    for line in range(10):
        st.text(f"line {line}")
        time.sleep(0.1)
    st.text("all of the second")


SECOND = st.Page(second, title="Second", url_path="second")

if __name__ == "__main__" and st.runtime.exists():
    st.navigation([st.Page(first, title="First", default=True), SECOND]).run()
elif __name__ == "__main__":
    if sys.argv[1] == "cured":
        streamlit_patches.drop()
    cli.main(["run", __file__, *sys.argv[2:]], prog_name="streamlit")
