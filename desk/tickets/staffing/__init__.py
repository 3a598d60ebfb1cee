"""Who takes tickets: on duty, in turn, in teams, as a backstop. May not know how a ticket is answered."""
