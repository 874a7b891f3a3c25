"""Start the dashboard: ``python -m fingen_core.ui.server`` takes the options of ``streamlit run``.

It is Streamlit's own command, told one thing before the first visitor comes: that the pages are those named in
``streamlit_app.py``. Beside a folder called ``pages``, Streamlit learns this only while the first page is drawn, and
greets that first visitor with "Page not found" when the address was a deep link. And it is taught to drop polls of
pages that are no longer shown (``streamlit_patches``), to keep what a button offers (``lasting_downloads``), to say in
words what no page caught (``uncaught``), and to give freed memory back (``memory``).
"""

import sys

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

from fingen_core.settings import ASSETS
from fingen_core.ui import lasting_downloads, memory, streamlit_patches, uncaught

__all__ = ["main"]

APP = ASSETS.parent / "streamlit_app.py"


def main(options: list[str]) -> None:
    """Serve until interrupted."""
    memory.keep_slim()
    PagesManager.uses_pages_directory = False
    streamlit_patches.drop()
    uncaught.teach()
    lasting_downloads.keep()
    cli.main(["run", str(APP), *options], prog_name="streamlit")


if __name__ == "__main__":
    main(sys.argv[1:])
