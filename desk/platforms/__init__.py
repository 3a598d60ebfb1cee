"""Social platforms: which channels there are, and how one is called. May not know any one platform."""
