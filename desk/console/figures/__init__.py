"""Figures of pages: what is counted of sites and guides, as tables and CSV. May not know who was counted."""
