"""What a phone scans from a screen: a conversation that goes on there, and the city's accounts. Decides nothing."""
