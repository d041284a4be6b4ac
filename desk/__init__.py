"""The support desk of a mobile wallet, worked from a terminal."""

__version__ = "0.1.0"
