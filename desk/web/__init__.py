"""Pages over HTTP: an ASGI application that calls services, and nothing that needs JavaScript."""
