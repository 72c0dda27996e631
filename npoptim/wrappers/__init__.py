"""What works over any optimizer."""
