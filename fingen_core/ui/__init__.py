"""The only Streamlit in the core: state, the frame around every page, and how charts and messages are shown."""
