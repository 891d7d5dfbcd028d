"""What the lake holds."""
