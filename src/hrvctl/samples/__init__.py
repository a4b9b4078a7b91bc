"""Simulate people with a known true HRV, for the demo, the tests and the benchmarks."""
