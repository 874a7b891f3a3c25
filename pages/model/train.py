"""Train a model: choose, start, watch, judge."""

from fingen_core.ui import frame, show, state, training_latents, training_panel, training_start

training_panel.work_on_link()
frame.page("Train", "Teach a model how this market moves, then let it show what could have happened instead.")

run = training_panel.chosen()
if run is not None and run.paints:
    show.go_to("pages/model/images.py", {"run": run.id, "images_view": "Training"})
elif run is not None:
    training_panel.watch(run)
else:
    training_start.form(state.market())
    training_latents.pretrained_map(state.market())
