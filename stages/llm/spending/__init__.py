"""What was paid for and what may still be spent.

cache    replies by request key, in one SQLite file for all processes
ledger   the account of a repository, in the same file
meter    tokens and money of a run
budget   the endpoint, its limits and the budget, as params.yaml says it
repair   a damaged cache rebuilt
"""
