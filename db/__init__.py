"""The desk's database: models, migrations, queries and the unit of work, on SQLite and PostgreSQL."""
