"""Reads: Core columns in, frozen rows out; pages are keyset pages, never OFFSET."""
