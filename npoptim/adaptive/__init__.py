"""A step size for each weight, from the squares of its gradients."""
