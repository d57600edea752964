"""What is asked and what comes back; no network.

config       where requests go and how fast: sections of params.yaml
request      a request, its key and its estimated tokens
completion   what came back for it, or how it failed; the protocol of what answers
replies      a line of data/replies
cost         what replies cost
slots        prompt files and the slots in them
"""
