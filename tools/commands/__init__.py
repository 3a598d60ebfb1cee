"""Commands of a checkout beside those of the product: one module each, named like its command, with `app`."""
