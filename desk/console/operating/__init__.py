"""Pages of operators: accounts on channels, what is sent, orders, keys of programs. Show no secret that was given."""
