"""Train a model: choose, start, watch, judge."""

from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.session import state
from fingen_core.ui.train import latent_map, panel, start

panel.work_on_link()
frame.page("Train", "Teach a model how this market moves, then let it show what could have happened instead.")

run = panel.chosen()
if run is not None and run.paints:
    show.go_to("pages/model/images.py", {"run": run.id, "images_view": "Training"})
elif run is not None:
    panel.watch(run)
else:
    start.form(state.market())
    latent_map.pretrained_map(state.market())
