"""What a checkout has beside the product: engines, supervisor, scaffold, training, evaluation. In no wheel."""
