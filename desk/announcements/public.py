"""What the public may see of announcements, as conditions in SQL; `:now` is the desk's clock."""

PUBLIC = "announcements.published_at <= :now AND announcements.withdrawn_at IS NULL AND announcements.mode = 'live'"
"""Was made known, and stands."""
IN_FORCE = f"""
    {PUBLIC} AND (announcements.until IS NULL OR announcements.until > :now)
    AND NOT EXISTS (SELECT FROM announcements AS correction
                    WHERE correction.corrects = announcements.id AND correction.published_at <= :now)
"""
"""Still holds: it is not over, and nothing has corrected it, also if that was taken back: wrong it stays."""
