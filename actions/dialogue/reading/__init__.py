"""What a message means in its situation: intents, questions, choices, refusals. Answers nothing."""
