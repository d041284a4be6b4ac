"""The lanes of messages: what did not arrive, and what waits for a later moment."""
