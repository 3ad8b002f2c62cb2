"""Losses from scratch: one module for each page below `losses/`."""
