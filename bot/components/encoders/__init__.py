"""Sentence encoders and n-grams: a sentence as numbers."""
