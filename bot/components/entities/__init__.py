"""Values and names in a message: found by patterns, and marked by a tagger."""
