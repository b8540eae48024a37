"""Commonhub runs JupyterHubs for many communities under a shared responsibility model."""

__version__ = "0.1.0"
