"""What lists say of tickets beside their rows: what each is about, what is new. Knows tickets by their rows."""
