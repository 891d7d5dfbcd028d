"""What a label should be told about, before it asks."""
