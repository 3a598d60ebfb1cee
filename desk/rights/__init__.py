"""What residents may demand of what is kept of them, with a clerk's help. Knows neither the console nor web pages."""
