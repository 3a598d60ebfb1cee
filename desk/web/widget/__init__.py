"""The chat on other sites: its script and the versions of it, the line that puts it there, what is counted there."""
