"""Rules that find their own rate, or that need no schedule of it."""
