"""Rules that multiply gradients by matrices, or estimate curvature."""
