"""The local engine: real JupyterHubs on this machine, for one old laptop as for one big server.

Hubs are forked from the nursery and sleep without a process; users' servers run in boxes that outlive
their hub and the control plane. It never trusts a hub or a server: the kernel tells who asks.
"""
