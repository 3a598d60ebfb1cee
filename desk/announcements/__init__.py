"""What agencies announce to the residents of a city, who wants to hear of what, and the telling. May not know turns."""
