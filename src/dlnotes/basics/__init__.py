"""First steps with PyTorch: one module for each page below `basics/` that has code worth keeping."""
