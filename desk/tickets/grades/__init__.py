"""What residents think of what was done: asked, kept, put right, counted. Knows tickets by their rows."""
