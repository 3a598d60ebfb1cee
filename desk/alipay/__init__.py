"""Alipay's protocol: gateway, RSA2, notifications, bills. May not know orders, residents, pages or the database."""
