"""The pretend app of a city: a platform that brings messages by a signed webhook and takes replies by a call."""
