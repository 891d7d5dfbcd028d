"""What statement lines mean, for every domain that speaks of money."""
