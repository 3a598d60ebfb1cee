"""The pretend text-message gateway as a channel: residents' telephones, signed both ways."""
