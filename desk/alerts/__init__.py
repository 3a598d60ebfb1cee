"""Emergency alerts: read from their sources (CAP 1.2), kept, shown while they hold, given out. May not know turns."""
