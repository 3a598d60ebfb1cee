"""Pages of trainers: what waits, what a line is, files, figures, history and proposals."""
