"""What residents give: found in their words, checked, put into one form. May not know services, nor keep anything."""
