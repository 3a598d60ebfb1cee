"""The supervisor: one process tree, started in order, stopped in reverse. May not know what its children do."""
