"""Methods: every model and measure is explained by the text of the code that computes it."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.generators.registry import classical
from fingen_core.runs.validations import shipped
from fingen_core.settings import ASSETS

APP = ASSETS.parent / "streamlit_app.py"


def open_page(**query) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/help/methods.py").run()
    assert not app.exception
    return app


def choices(topic: str) -> list[str]:
    app = open_page(topic=topic)
    return list(next(group for group in app.get("button_group") if group.key == topic.lower()).options)


@pytest.mark.parametrize("topic", ["Measures", "Models"])
def test_every_choice_opens_with_its_text_and_its_parts(topic):
    names = choices(topic)
    assert len(names) >= 10
    app = open_page(topic=topic)
    for name in names:
        next(group for group in app.get("button_group") if group.key == topic.lower()).set_value(name).run()
        assert not app.exception, name
        written = " ".join(element.value for element in app.markdown)
        assert f"#### {name}" in written
        assert app.expander, f"{name} explains no function and no class"


def test_every_rival_is_explained():
    modules = {type(build()).__module__.removeprefix("fingen_core.") for build in classical().values()}
    page = (APP.parent / "pages" / "help" / "methods.py").read_text()
    for module in sorted(modules):
        assert f'"{module}"' in page, f"add {module} to the methods page"


def test_methods_and_readme_tell_the_figures_of_the_validation_that_ships():
    validation = shipped()
    rows = validation.table().query("generator == 'vae' and question == 'long run'").set_index("metric")["value"]
    said = " ".join(block.value for block in open_page(topic="In short").markdown)
    assert f"by {100 * rows['es_10d_asset']:.1f}\u202f% for the median asset" in said
    assert f"by {100 * rows['es_10d_equal']:.1f}\u202f% for equal weight" in said
    readme = (ASSETS.parent / "README.md").read_text(encoding="utf-8")
    assert (
        f"{100 * rows['es_10d_asset']:.1f} % too large for the median asset and {100 * rows['es_10d']:.1f} %" in readme
    )
    benchmark = re.search(r"\| Filter \+ VAE \|[^|]*\| (\d+) ± \d+ % \|", readme)[1]
    assert f"mean of the seeds above: {benchmark} %" in readme
