"""Changes: proposed commits to the fleet, with their plan, price, risks and the consents that they need.

A change is proposed by a person, weighed by rules that are data (`kinds.yaml`), consented to by those who carry the
responsibility, and made as exactly one commit in the person's name.
"""
