"""The wallet's core, seen from the desk: a port, a simulator that is embedded, and an adapter over HTTP."""
