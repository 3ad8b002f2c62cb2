"""First steps: what the pages on tensors build."""
