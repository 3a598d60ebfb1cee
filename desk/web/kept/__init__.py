"""What a telephone keeps of a city's page: its icon, a page without a network, and being told that there is news."""
