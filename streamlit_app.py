"""The frame of the app: page config and navigation by section; ``streamlit run streamlit_app.py`` starts it."""

import streamlit as st

from fingen_core.ui import frame, uncaught

frame.dress()

navigation = st.navigation(
    {
        "Start": [st.Page("pages/start/home.py", title="Home", icon=":material/home:", default=True)],
        "Data": [
            st.Page("pages/data/market.py", title="Market", icon=":material/show_chart:", url_path="market"),
            st.Page("pages/data/fundamentals.py", title="Companies", icon=":material/domain:", url_path="fundamentals"),
        ],
        "Model": [
            st.Page("pages/model/train.py", title="Train", icon=":material/model_training:", url_path="train"),
            st.Page("pages/model/images.py", title="Images", icon=":material/image:", url_path="images"),
            st.Page("pages/model/runs.py", title="Runs", icon=":material/list_alt:", url_path="runs"),
            st.Page("pages/model/sweeps.py", title="Sweeps", icon=":material/instant_mix:", url_path="sweeps"),
        ],
        "Stress": [
            st.Page("pages/stress/scenarios.py", title="Scenarios", icon=":material/ssid_chart:", url_path="scenarios"),
            st.Page("pages/stress/what_if.py", title="What if", icon=":material/alt_route:", url_path="what_if"),
            st.Page("pages/stress/reverse.py", title="Reverse stress", icon=":material/undo:", url_path="reverse"),
            st.Page("pages/stress/crises.py", title="Crises", icon=":material/history:", url_path="crises"),
            st.Page("pages/stress/library.py", title="Library", icon=":material/bookmarks:", url_path="library"),
        ],
        "Risk": [
            st.Page("pages/risk/portfolio.py", title="Portfolio", icon=":material/pie_chart:", url_path="portfolio"),
            st.Page("pages/risk/present.py", title="Presentation", url_path="present", visibility="hidden"),
            st.Page(
                "pages/risk/validation.py", title="Validation", icon=":material/fact_check:", url_path="validation"
            ),
        ],
        "Decide": [
            st.Page("pages/decide/strategies.py", title="Strategies", icon=":material/rule:", url_path="strategies"),
            st.Page("pages/decide/allocation.py", title="Allocation", icon=":material/balance:", url_path="allocation"),
            st.Page("pages/decide/forecast.py", title="Forecast", icon=":material/query_stats:", url_path="forecast"),
        ],
        "Help": [st.Page("pages/help/methods.py", title="Methods", icon=":material/menu_book:", url_path="methods")],
    },
    expanded=True,
)
with uncaught.told():
    navigation.run()
