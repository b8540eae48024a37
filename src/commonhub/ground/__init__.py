"""The ground floor: errors, time and processes.

Everything here could serve another product unchanged. It never knows of hubs, people or fleets.
"""
