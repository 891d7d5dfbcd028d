"""What has become of findings, kept for longer than a snapshot: when they were noticed, by whom they were seen to."""
