"""Bringing fleets of other services in. An import loses nothing: what has no word of ours stays below `extra`."""
