"""Rules about what is announced: asked about, what holds now, near which places and how often it is wished."""
