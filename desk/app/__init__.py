"""The composition root, a module a role: only here are settings read and things built; all else receives arguments."""
