"""A case's page: what was said, who said it, and what is being written."""
