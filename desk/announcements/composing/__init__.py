"""What is written: drafts, versions, files, what is kept to begin from, what is over. May not know how it is told."""
