"""Measurements, beside the program and never in its tests: `make bench`, or `python -m bench NAME [--quick]`."""
