"""Commands: one module each, named like its command, with `app`."""
