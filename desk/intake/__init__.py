"""What happens on the platforms, taken in once, in one transaction each. May not know turns, or any one channel."""
