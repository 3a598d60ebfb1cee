"""The daily self-test: each account is asked a dozen questions and judged. May not know turns or residents."""
