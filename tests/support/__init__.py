"""What tests and benchmarks share. Fixtures are in conftest.py files."""
