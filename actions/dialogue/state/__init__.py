"""What a dialogue remembers: session, stack of services, turn, situation, outcome."""
