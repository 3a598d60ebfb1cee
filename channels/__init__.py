"""Channels: translate; never decide. Strangers to each other, and to the rooms of the desk."""
