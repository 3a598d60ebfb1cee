"""What agencies say for everybody to read, and how their accounts stand at platforms. May not know any one channel."""
