"""What was spent on ads, and what came of it."""
