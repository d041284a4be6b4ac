"""Refunds on screen: opening one from a case, and the lanes in which they wait."""
