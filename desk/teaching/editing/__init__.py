"""Changes of the project's data that staff propose. May not know models, nor what residents wrote."""
