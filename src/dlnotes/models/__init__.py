"""Models: one module for each page."""
