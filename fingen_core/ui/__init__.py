"""The only Streamlit in the core: the frame around every page, what pages share, and a folder for each page's own."""
