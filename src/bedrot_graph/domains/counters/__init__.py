"""What the daily counters mean, for every domain that speaks of streams."""
