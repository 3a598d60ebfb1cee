"""How tickets end and come back: what residents read then, and by what they reopen one. May not know the console."""
