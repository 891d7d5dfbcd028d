"""What each month should pay, what it has paid, how long that takes, and what a stream brings."""
