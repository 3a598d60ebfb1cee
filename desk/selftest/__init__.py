"""The daily self-test: each account is asked a dozen questions and judged. May not know conversations or residents."""
