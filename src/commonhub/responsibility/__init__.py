"""Who carries what, and so who may do what: the shared responsibility model as data, and the rules that read it.

It is pure: it is given texts, facts and the time, and gives back decisions with their reasons, coverage, and findings.
It never reads a database, a page or a hub, never keeps anything, and never acts.
"""
