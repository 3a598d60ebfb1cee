"""A pretend Taobao: an entry in its app that makes signed links to the desk's chat page."""
