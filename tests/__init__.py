"""The tests; a package of its own name, because a dependency ships one called `tests` as well."""
