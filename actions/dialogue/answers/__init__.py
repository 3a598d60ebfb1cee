"""What the dialogue answers by itself, one subject a module. May not know any one service."""
