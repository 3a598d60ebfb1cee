"""Pages of announcements: listed, written, approved, followed. May not decide what their room decides."""
