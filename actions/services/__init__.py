"""Services in code, one package each. May not know how a city's systems are called."""
