"""From a user's files to a task: what is in them, its card, its settings.

forms, columns   how a file is written, and which of its columns is what
gather, task     the files read, each with its part; the task that they make
findings, said   what is in the texts, and how that is told
card, plan       the task's card, and what params.yaml has to say
settings         params.yaml edited by dotted keys, its comments and layout kept
deposit          the files put under DVC, all or none
"""
