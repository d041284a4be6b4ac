"""Adapters to the world outside: one a provider, to receive and to send."""
