"""Communities, their people, who is in which role, who may use which hub, and what people ask of each other.

What the fleet folder says (communities, roles, agreements, access policies) is mirrored here by the keeper and never
edited here; rosters, invitations, requests and leaves live here alone. It never signs anybody in and never touches a hub.
"""
