"""The tables of a database, as a page: what migrations made, with what each table and column holds."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

FOREIGN = "(procrastinate|alembic)_%"
"""Tables of libraries."""

_COLUMNS = """
    SELECT table_.relname AS "table", obj_description(table_.oid) AS about, column_.attname AS name,
        format_type(column_.atttypid, column_.atttypmod) AS type, NOT column_.attnotnull AS nullable,
        pg_get_expr(given.adbin, given.adrelid) AS "default", col_description(table_.oid, column_.attnum) AS holds
    FROM pg_class AS table_
    JOIN pg_attribute AS column_ ON column_.attrelid = table_.oid AND column_.attnum > 0 AND NOT column_.attisdropped
    LEFT JOIN pg_attrdef AS given ON given.adrelid = table_.oid AND given.adnum = column_.attnum
    WHERE table_.relkind = 'r' AND table_.relnamespace = 'public'::regnamespace AND table_.relname NOT SIMILAR TO %s
    ORDER BY table_.relname, column_.attnum
"""
_RULES = """
    SELECT table_.relname AS "table", pg_get_constraintdef(rule.oid) AS said
    FROM pg_constraint AS rule JOIN pg_class AS table_ ON table_.oid = rule.conrelid
    WHERE table_.relnamespace = 'public'::regnamespace AND table_.relname NOT SIMILAR TO %s AND rule.contype <> 'n'
    UNION ALL
    SELECT tablename, regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX \\S+ ON \\S+ USING ', '\\1index ')
    FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname
    WHERE schemaname = 'public' AND tablename NOT SIMILAR TO %s AND conname IS NULL
    ORDER BY 1, 2
"""


def page_of(database_url: str) -> str:
    """Write the tables of a database as Markdown: columns with types and meaning, then keys, checks and indexes."""
    with psycopg.connect(database_url, row_factory=namedtuple_row) as connection:
        columns = connection.execute(_COLUMNS, (FOREIGN,)).fetchall()
        rules: list[Any] = connection.execute(_RULES, (FOREIGN, FOREIGN)).fetchall()
    said: dict[str, list[str]] = {}
    for rule in rules:
        said.setdefault(_table(rule), []).append(str(rule.said))
    sections = ("\n".join(_section(name, list(rows), said.get(name, []))) for name, rows in groupby(columns, _table))
    return "\n\n".join(sections) + "\n"


def _table(row: Any) -> str:
    return str(row.table)


def _section(name: str, columns: list[Any], rules: list[str]) -> Iterator[str]:
    yield f"## {name}\n"
    if columns[0].about:
        yield f"{columns[0].about}\n"
    yield "| column | type | default | holds |\n| --- | --- | --- | --- |"
    for column in columns:
        null = " or null" if column.nullable else ""
        yield f"| `{column.name}` | {column.type}{null} | {_code(column.default)} | {_cell(column.holds)} |"
    if rules:
        yield ""
    yield from (f"- `{rule}`" for rule in rules)


def _code(written: str | None) -> str:
    return f"`{_cell(written)}`" if written else ""


def _cell(written: str | None) -> str:
    return (written or "").replace("|", "\\|")
