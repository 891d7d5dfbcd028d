"""What TikTok counts for each account, day by day."""
