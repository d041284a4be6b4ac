"""The screen of service hours."""
