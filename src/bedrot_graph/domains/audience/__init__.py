"""Who listens on Spotify, day by day."""
