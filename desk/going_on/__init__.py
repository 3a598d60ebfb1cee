"""A conversation that goes on on another device, once both screens have said yes. May not know what is talked about."""
