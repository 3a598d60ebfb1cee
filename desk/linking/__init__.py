"""A resident who uses several channels and links them. May not know any one channel."""
