"""Limits of memory, processor time and number of processes for one server, by the best means that this machine has.

`detect` chooses: control groups of version 2, of version 1, or limits that each process carries. None of them
knows what runs inside; a server that reaches a limit loses a process of its own and never a neighbour's.
"""
