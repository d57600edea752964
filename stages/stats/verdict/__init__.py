"""Which way to a classifier is to be taken, and how sure that is.

options  every point of every way, with what it would cost from here on
rules    which one is chosen, whether it would be chosen again, how many labels would settle it
"""
