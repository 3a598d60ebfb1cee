"""A long reading, page by page: nothing is held in the store while whoever reads is slow, or when they go away."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from sqlalchemy import Row, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

PAGE = 1000


async def in_pages(
    connection: AsyncConnection, page: TextClause, values: Mapping[str, object], *, by: str
) -> AsyncGenerator[Row[Any]]:
    """Rows in the order of a number of theirs, above 0, which is the column `by`.

    The statement takes those whose number is greater than `:after`, in order, at most `:limit`.
    """
    after = 0
    while True:
        rows = (await connection.execute(page, {**values, "after": after, "limit": PAGE})).all()
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = getattr(rows[-1], by)
