"""My matters: the page on which residents see what they have going on, on every device. Decides nothing about it."""
