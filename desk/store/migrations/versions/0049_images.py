"""Images of announcements."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

IMAGES = "Images of announcements and their templates, each once. Nothing personal: they are made to be published"
LARGEST = 5_000_000  # bytes
LONGEST_SIDE = 1_600  # pixels
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "announcement_images",
        sa.Column("sha256", sa.Text(), nullable=False, comment="Of the content, in hexadecimal"),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False, comment="In pixels"),
        sa.Column("height", sa.BigInteger(), nullable=False, comment="In pixels"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="Encoded anew, without anything hidden"),
        sa.Column("brought_by", sa.Text(), nullable=False, comment="Login of who brought it last"),
        sa.Column("wanted_at", TIME, nullable=False, comment="When it was brought or named last"),
        sa.PrimaryKeyConstraint("sha256"),
        sa.CheckConstraint("encode(sha256(content), 'hex') = sha256", name="ck_announcement_images_sha256"),
        sa.CheckConstraint(
            "content_type IN ('image/jpeg', 'image/png', 'image/webp')", name="ck_announcement_images_content_type"
        ),
        sa.CheckConstraint(f"octet_length(content) BETWEEN 1 AND {LARGEST}", name="ck_announcement_images_content"),
        sa.CheckConstraint(
            f"width BETWEEN 1 AND {LONGEST_SIDE} AND height BETWEEN 1 AND {LONGEST_SIDE}",
            name="ck_announcement_images_size",
        ),
        comment=IMAGES,
    )
    op.execute("ALTER TABLE announcement_images ALTER COLUMN content SET STORAGE EXTERNAL")  # it is packed already
    op.create_index("ix_announcement_images_wanted_at", "announcement_images", ["wanted_at"])
    op.add_column("announcements", sa.Column("image", JSONB(), comment="`Image`; null: none"))
    for table, path in (
        ("announcements", "image ->> 'sha256'"),
        ("announcement_versions", "written #>> '{image,sha256}'"),
    ):
        op.create_index(
            f"ix_{table}_image", table, [sa.text(f"({path})")], postgresql_where=sa.text(f"({path}) IS NOT NULL")
        )


def downgrade() -> None:
    op.drop_index("ix_announcement_versions_image", table_name="announcement_versions")
    op.drop_index("ix_announcements_image", table_name="announcements")
    op.drop_column("announcements", "image")
    op.drop_table("announcement_images")
