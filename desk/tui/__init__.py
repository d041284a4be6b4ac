"""Screens over a gateway; the only place that knows Textual."""
