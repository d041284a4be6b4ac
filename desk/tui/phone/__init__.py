"""The phone's screens: a call, the call-backs, and the week of service hours."""
