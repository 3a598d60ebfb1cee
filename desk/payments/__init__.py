"""Orders, money and receipts. May not know how a reply is worded, which channel shows it, or what the bot understood.

`desk/alipay/` speaks the provider's protocol and knows no orders; this room speaks of orders and never of RSA.
"""
