"""The web: chat API, public pages, health. Translates HTTP to the rooms; decides nothing about services."""
