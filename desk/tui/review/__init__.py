"""Canned answers in review: what a supervisor reads, approves, sends back and retires."""
