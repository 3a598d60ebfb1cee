"""Accounts of staff: who they are, how they log in, what they may do, what takes two. May not know rooms but audit."""
