"""Windows of the market as pictures: real beside painted, walked between, guessed at, and trained."""

from fingen_core.ui import frame
from fingen_core.ui.images import views
from fingen_core.ui.session import state

state.announce_sampler()
frame.page(
    "Images",
    "A few weeks of a market as one picture. A network learns to paint such pictures, and what it paints is read back "
    "as prices.",
)

views.show_all()
state.warm_sampler()
