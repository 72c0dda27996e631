"""Adam and what has grown out of it."""
