"""Tables, one aggregate a file; import `db.models` to have all of them mapped."""
