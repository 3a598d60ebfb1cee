"""What everything is kept in: database, jobs, keys, Valkey, migrations. May not know any room."""
