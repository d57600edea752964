"""A panel of LLM annotators, always a proxy for people.

questions   how members are asked, and how an answer is read
survey      all members on all items, and the record of who answered what
"""
