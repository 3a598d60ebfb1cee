"""Sealing: personal data unreadable at rest, a key for each conversation. May not know any room, or what it seals."""
