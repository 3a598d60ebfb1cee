"""What roles and rooms say to each other: messages, turns, commands, effects, errors. May not know anything else."""
