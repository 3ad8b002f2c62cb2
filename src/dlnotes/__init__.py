"""Deep-learning notes: the code that the pages embed."""
