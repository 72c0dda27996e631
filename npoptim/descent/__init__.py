"""Descent along the gradient, and with a velocity."""
