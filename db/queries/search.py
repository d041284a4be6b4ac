"""Finding cases by words and conditions, newest first, with the same answers on both engines."""

from db.queries.search_index import add_terms, index_case

__all__ = ["add_terms", "index_case"]
