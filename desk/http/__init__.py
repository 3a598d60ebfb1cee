"""HTTP between the roles: serving, signed requests, commands to agencies. May not know what is asked."""
