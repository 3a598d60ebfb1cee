"""What everybody may read: archive, search, feeds as Atom, JSON and calendar. May not know whom it is for."""
