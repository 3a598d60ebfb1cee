"""Devices on which residents of the web chat are told that there is news (Web Push). May not know what is said."""
