"""What is loaded inside a hub's or a server's own process.

Small named classes that plain JupyterHub is configured with. It imports nothing else of ours, so that a
hub could take these few files along when it leaves.
"""
