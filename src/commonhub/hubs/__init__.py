"""Hubs: from what should be to what is. Plans, applies, watches and records.

The plan is pure; reconciling is observe, plan, apply, record, and may be killed at any line and run again.
It never chooses an engine (`assembly` does) and shows nothing to people (doors do).
"""
