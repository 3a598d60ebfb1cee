"""The product: rooms, web and the composition root. May not know Rasa, nor any one city by name."""
