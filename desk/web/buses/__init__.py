"""Boards of stops: brought anew for a card of the chat, and as a page of their own."""
