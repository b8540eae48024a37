"""Commands of the control plane for `python -m django`."""
