"""The dialogue: who is asked what next. May not know any one service, nor HTTP, nor Rasa."""
