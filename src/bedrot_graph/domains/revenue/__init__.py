"""What the label has earned."""
