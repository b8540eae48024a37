"""The fleet folder: what should be, as YAML under git.

It reads, checks, writes and commits the folder and gives `desired.DesiredHub`. It never starts anything
and knows no engine.
"""
