"""The actions server: HTTP, Rasa's action protocol, and the handlers that answer. May not know the dialogue's rules."""
