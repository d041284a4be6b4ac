"""Guides on screen: the panel on a case's page, picking one, error codes, and how far customers come."""
