"""Who somebody is: accounts, sign-in, second factors, sessions, tokens, and the portal as OpenID Connect provider of its hubs.

It decides nothing about what somebody may do, and keeps no roster.
"""
