"""What agencies make known, on public pages and as feeds: alerts, announcements, following. May not know staff."""
