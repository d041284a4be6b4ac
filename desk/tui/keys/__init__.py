"""The table of actions, one module a screen; each has `ACTIONS`."""
