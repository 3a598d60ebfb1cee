"""What agencies have in hand for residents, and what residents wanted kept. May not know what a service does."""
