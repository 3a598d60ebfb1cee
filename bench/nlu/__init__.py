"""How well our understanding does on sets that others publish, beside the pipeline of `rasa init` in the same run."""
