"""The audit: who did or read what, when, from where and why; appended, chained, exported. May not know any room."""
