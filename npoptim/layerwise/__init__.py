"""Rules that look at an array as a whole, or keep little of it."""
