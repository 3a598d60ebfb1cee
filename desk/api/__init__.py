"""What programs of agencies do with a key, over HTTP, as staff do in the console. May not know the console."""
