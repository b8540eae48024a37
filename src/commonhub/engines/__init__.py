"""Where hubs run. `engine.py` is the contract; each engine is one package that keeps it.

An engine knows hubs, servers and machines. It knows no people's rights and no fleet files: it is told
what should be (`fleet.desired.DesiredHub`) and says what is (`HubSeen`).
"""
