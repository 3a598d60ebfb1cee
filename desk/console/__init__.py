"""The staff console: pages at /console, over the rooms. May not decide who may do what, nor know bot or channels."""
