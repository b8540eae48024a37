"""What templates load: the portal's own filters and tags."""
