"""Picking a canned answer and filling it in."""
