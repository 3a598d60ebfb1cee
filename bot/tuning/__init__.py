"""Tunes the slow encoder's last layers on what people write in emergencies, off-line (docs/how-to/tune-the-encoder.md).

Three steps, since PyTorch is no part of the product: `states` (the bot's Python and a C compiler), `tune` (a Python
with PyTorch), `finish` (the bot's Python). Nothing of it runs in the product; it makes
`bot/components/encoders/tuned.npz`.
"""
