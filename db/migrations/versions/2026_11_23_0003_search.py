"""The search index: FTS5 on SQLite, tsvector with GIN on PostgreSQL, both called `search_index`.

Revision: 0003, after 0002.

Triggers on `search_document` keep either. The words are already cut and folded when they come (`db.segment`), so
neither engine may change them: FTS5's tokenizer `ascii` keeps every non-ASCII sign within a word, and the tsvector is
put together from the words and their places, not by a parser. Places beyond 16,000 hold single words only
(`db.segment.PLACES`); they all get PostgreSQL's last place, which stands next to none.

REPLACE INTO would bypass SQLite's triggers and spoil the index: write with ON CONFLICT DO UPDATE.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQLITE_UP = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
         terms, content='search_document', content_rowid='case_id', tokenize='ascii', columnsize=0)""",
    """CREATE TRIGGER search_index_insert AFTER INSERT ON search_document
       BEGIN INSERT INTO search_index (rowid, terms) VALUES (NEW.case_id, NEW.terms); END""",
    """CREATE TRIGGER search_index_delete AFTER DELETE ON search_document
       BEGIN
         INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', OLD.case_id, OLD.terms);
       END""",
    """CREATE TRIGGER search_index_update AFTER UPDATE ON search_document
       BEGIN
         INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', OLD.case_id, OLD.terms);
         INSERT INTO search_index (rowid, terms) VALUES (NEW.case_id, NEW.terms);
       END""",
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
)
SQLITE_DOWN = (
    "DROP TRIGGER search_index_update",
    "DROP TRIGGER search_index_delete",
    "DROP TRIGGER search_index_insert",
    "DROP TABLE search_index",
)

POSTGRES_UP = (
    """CREATE FUNCTION desk_terms_vector(terms text) RETURNS tsvector
       LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
         SELECT coalesce(string_agg(
           '''' || replace(replace(word, '\\', '\\\\'), '''', '''''') || ''':'
                || CASE WHEN place <= 16000 THEN place ELSE 16383 END, ' '), '')::tsvector
         FROM unnest(string_to_array(terms, ' ')) WITH ORDINALITY AS list (word, place)
         WHERE word NOT IN ('', '¶')
       $$""",
    """CREATE TABLE search_index (
         case_id integer NOT NULL CONSTRAINT pk_search_index PRIMARY KEY
           CONSTRAINT fk_search_index_case_id_search_document
           REFERENCES search_document (case_id) ON DELETE CASCADE,
         vector tsvector NOT NULL)""",
    "INSERT INTO search_index SELECT case_id, desk_terms_vector(terms) FROM search_document",
    "CREATE INDEX ix_search_index_vector ON search_index USING gin (vector)",
    """CREATE FUNCTION desk_search_index() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         INSERT INTO search_index (case_id, vector) VALUES (NEW.case_id, desk_terms_vector(NEW.terms))
         ON CONFLICT (case_id) DO UPDATE SET vector = EXCLUDED.vector;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER search_index_write AFTER INSERT OR UPDATE ON search_document
       FOR EACH ROW EXECUTE FUNCTION desk_search_index()""",
)
POSTGRES_DOWN = (
    "DROP TRIGGER search_index_write ON search_document",
    "DROP FUNCTION desk_search_index()",
    "DROP TABLE search_index",
    "DROP FUNCTION desk_terms_vector(text)",
)


def upgrade() -> None:
    statements = SQLITE_UP if op.get_bind().dialect.name == "sqlite" else POSTGRES_UP
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    statements = SQLITE_DOWN if op.get_bind().dialect.name == "sqlite" else POSTGRES_DOWN
    for statement in statements:
        op.execute(statement)
