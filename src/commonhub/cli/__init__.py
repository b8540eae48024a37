"""The terminal: turns words into calls and results into words. It holds no rule of its own.

Exit codes: 0 done; 1 found at fault or failed; 2 not understood; 3 Commonhub does not run here, or a part of
it does not answer; 4 refused.
"""
