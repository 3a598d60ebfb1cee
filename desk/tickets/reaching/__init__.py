"""Reaching residents who have left the page on which they are answered. May not know what they are answered."""
