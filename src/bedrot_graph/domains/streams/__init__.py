"""What was streamed, day by day."""
