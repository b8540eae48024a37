"""The portal: pages for people. It turns a browser's request into (actor, plain values) and the result back into words.

It reads the records of the domains below and asks the keeper to act. It holds no rule of its own, and no page
waits for another machine.
"""
