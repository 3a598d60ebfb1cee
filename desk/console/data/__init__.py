"""Pages on which guides, facts, texts and lines of training are changed: proposed by one, allowed by another."""
