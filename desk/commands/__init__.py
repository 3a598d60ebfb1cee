"""Commands: one module each, named like its command, with `app`. May read settings, through `desk.app.runtime()`."""
