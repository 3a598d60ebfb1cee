"""The actions server: what a service does. May not know channels, the database, nor Rasa's code."""
