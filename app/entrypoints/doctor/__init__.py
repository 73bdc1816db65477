"""``strom doctor``: looks at an installation, and says what is wrong and what to do about it.

It changes nothing but a row and a file that it tries to write and removes again, so it may run
beside a Strom that serves; and it needs none of what it looks at, so it runs when Strom does not.
"""
