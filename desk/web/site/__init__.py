"""The site around the pages: search over all of it, what machines read of it, and what it owes its visitors to say."""
