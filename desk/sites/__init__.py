"""For who keeps pages, ours and others': scripts that are pinned, and counts without persons. Knows no resident."""
