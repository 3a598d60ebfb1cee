"""Programs of agencies, which hear of each change. May not know how residents are told."""
