"""Orders, money and receipts. May not know how a reply is worded, which channel shows it, or what the bot understood.

`alipay/` speaks the provider's protocol and knows no orders; all else here speaks of orders and never of RSA.
"""
