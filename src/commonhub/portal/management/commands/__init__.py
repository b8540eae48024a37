"""Commands of the portal for `python -m django`."""
