"""A pretend bus network that moves by the clock. May not know HTTP, nor any one city."""
