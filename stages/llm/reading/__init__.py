"""Texts out of replies; no network.

parsing    the texts of a reply, whatever shape it has
cleaning   one text without what is not its own, or what is wrong with it
filters    gates: near-duplicates, copies, length
language   whether a text is in a language
"""
