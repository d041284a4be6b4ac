"""The queue screen: a virtual table over pages that are fetched as they are needed."""
