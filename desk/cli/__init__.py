"""The command line: one module a command. May read settings, through `desk.app.runtime`."""
