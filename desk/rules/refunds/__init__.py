"""Refunds as pure decisions: money, the life of a refund, what a policy allows, and who may approve how much."""
