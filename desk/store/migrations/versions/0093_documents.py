"""Documents of announcements.

The release before neither writes nor reads them: what has some it tells without them, and an approval that it takes of
that does not hold.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0093"
down_revision: str | None = "0092"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

DOCUMENTS = "Documents of announcements and their templates, each once. Nothing personal: they are made to be published"
NAMED = "`Document`s, at most three, in their order"
LARGEST = 10_485_760  # bytes
INDEX = "ix_announcement_versions_documents"
BROUGHT = "ix_announcement_documents_wanted_at"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "announcement_documents",
        sa.Column("sha256", sa.Text(), nullable=False, comment="Of the content, in hexadecimal"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="A PDF as it came, looked through"),
        sa.Column("brought_by", sa.Text(), nullable=False, comment="Login of who brought it last"),
        sa.Column("wanted_at", TIME, nullable=False, comment="When it was brought or named last"),
        sa.PrimaryKeyConstraint("sha256", name="pk_announcement_documents"),
        sa.CheckConstraint("encode(sha256(content), 'hex') = sha256", name="ck_announcement_documents_sha256"),
        sa.CheckConstraint(f"octet_length(content) BETWEEN 1 AND {LARGEST}", name="ck_announcement_documents_content"),
        comment=DOCUMENTS,
    )
    op.execute("ALTER TABLE announcement_documents ALTER COLUMN content SET STORAGE EXTERNAL")  # packed already
    op.create_index(BROUGHT, "announcement_documents", ["wanted_at"])
    column = sa.Column("documents", JSONB(), nullable=False, server_default="[]", comment=NAMED)
    op.add_column("announcements", column)
    with op.get_context().autocommit_block():
        # what a try that was broken off left behind is of no use
        op.drop_index(INDEX, table_name="announcement_versions", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            INDEX,
            "announcement_versions",
            [sa.text("(written -> 'documents') jsonb_path_ops")],
            postgresql_using="gin",
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(INDEX, table_name="announcement_versions")
    op.drop_column("announcements", "documents")
    op.drop_table("announcement_documents")
