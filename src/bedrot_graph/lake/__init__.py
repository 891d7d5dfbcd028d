"""The lake: files as people leave them, read honestly, as one snapshot at a time."""
