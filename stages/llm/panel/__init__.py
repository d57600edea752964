"""A panel of LLM annotators, always a proxy for people.

questions   how members are asked, and how an answer is read
answers     who answered what
survey      all members on all items
labels      one label per text, from the answers
recorded    labels that an LLM gave once
"""
