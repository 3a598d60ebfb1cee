"""Commands of the desk to agencies: book, pay back, follow, send a code, show a board. Hold no rules of any service."""
