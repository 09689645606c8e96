"""What the platform answers."""
