"""Texts: catalogs, rendering in a language, splitting for platforms, masking. May not know who says them."""
