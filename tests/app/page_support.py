"""What tests read off a page."""

import json

from streamlit.testing.v1 import AppTest


def visit(app: AppTest, page: str, **query: str) -> AppTest:
    """Open a page by its file, with settings in the address."""
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(page).run()
    assert not app.exception
    return app


def titles(app: AppTest) -> list[str]:
    """Titles of the charts, in their order."""
    return [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]


def text(app: AppTest) -> str:
    """All that is written in Markdown."""
    return " ".join(element.value for element in app.markdown)
