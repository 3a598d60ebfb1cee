"""What a clerk could answer: near guides, what colleagues kept, as the bot reads the question. Sends nothing."""
