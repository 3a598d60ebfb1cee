"""Consents outlive their conversation as receipts, with a keyed hash of the session."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

KEY = "fk_consents_conversation_id_conversations"


def upgrade() -> None:
    op.add_column("consents", sa.Column("session", sa.LargeBinary(), nullable=True))
    op.add_column("consents", sa.Column("parted_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("consents", "conversation_id", nullable=True)
    op.create_index("ix_consents_session", "consents", ["session"])
    op.create_index(
        "ix_consents_parted_at", "consents", ["parted_at"], postgresql_where=sa.text("conversation_id IS NULL")
    )
    op.drop_constraint(KEY, "consents", type_="foreignkey")
    op.create_foreign_key(KEY, "consents", "conversations", ["conversation_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    op.execute("DELETE FROM consents WHERE conversation_id IS NULL")
    op.drop_constraint(KEY, "consents", type_="foreignkey")
    op.create_foreign_key(KEY, "consents", "conversations", ["conversation_id"], ["id"], ondelete="CASCADE")
    op.drop_index("ix_consents_parted_at", "consents")
    op.drop_index("ix_consents_session", "consents")
    op.alter_column("consents", "conversation_id", nullable=False)
    op.drop_column("consents", "parted_at")
    op.drop_column("consents", "session")
