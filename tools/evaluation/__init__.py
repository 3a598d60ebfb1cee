"""How well residents are understood, in figures. May not know how lines are understood; that is the bot's matter."""
