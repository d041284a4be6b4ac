"""Pure decisions: no session, no I/O, the clock passed in."""
