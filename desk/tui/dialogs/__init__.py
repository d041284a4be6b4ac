"""Dialogs: each asks one thing, gives a value back and changes nothing itself."""
