"""Steps that follow the sign of the gradients."""
