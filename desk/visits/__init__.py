"""Visits to one's own matters: half an hour of a browser, by a telephone or a chat. May not know what there is."""
