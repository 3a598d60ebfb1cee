"""The pretend Mastodon: a server with an account of each city, by Mastodon's client API."""
