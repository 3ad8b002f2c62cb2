"""Training: a loop, its data, its checkpoints and the command `dlnotes`."""
