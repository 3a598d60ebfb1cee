"""What became of announcements, in bare numbers. May not know how they are written or told."""
