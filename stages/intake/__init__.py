"""From a user's files to a task: what is in them, its card, its settings.

settings   params.yaml edited by dotted keys, its comments and layout kept
"""
