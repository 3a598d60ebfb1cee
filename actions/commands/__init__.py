"""Commands of the desk to agencies: book, pay back, follow, send a code. Hold no rules of any service."""
