"""The one public way in: the shared proxy's table of routes, and the door that wakes sleeping hubs.

The proxy (configurable-http-proxy) sends a request to the hub or server whose route it holds. Every other
request comes to the door, which looks up the host in an exact table, has that hub woken, and hands the
request over byte for byte. This package knows hosts, paths, sockets and hubs by id; it knows no people,
starts no process and reads no fleet.
"""
