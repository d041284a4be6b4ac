"""The tests; a package of its own, because a dependency installs another one of this name."""
