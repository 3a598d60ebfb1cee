"""A pretend city on real wire protocols. May not know the product: only the cities' data and its own."""
