"""Incidents on screen: the banner, the supervisor's list, and the key that links a case."""
