"""Parts of a training wherever one is looked at: curves, snapshots, steering, comparisons; and the table of Runs."""
