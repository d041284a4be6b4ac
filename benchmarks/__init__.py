"""Benchmarks: medians, and ratios to the raw work measured side by side in the same run."""
