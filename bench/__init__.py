"""Benchmarks of the whole product beside stock Rasa. They know everything, and only `desk bench` knows them."""
