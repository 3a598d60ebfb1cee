"""One file for each type of value, found by its being here. A type may not know who asks for it."""
