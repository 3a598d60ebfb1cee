"""Pages of operation: accounts on channels, what is sent, orders, bills, cases, keys. Show no secret that was given."""
