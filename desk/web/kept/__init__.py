"""What a telephone keeps of a city's page: its icon, a page for when there is no network, and what hears of news."""
