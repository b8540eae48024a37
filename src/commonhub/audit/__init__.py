"""Who did what, on what, under which permission and why: written once, chained, and never changed.

`records` notes, finds, exports and verifies; `chain` says what makes an entry whole; `anchors` keeps the chain's
newest digest where the database's owner cannot reach it. What a reader may see is decided above.
"""
