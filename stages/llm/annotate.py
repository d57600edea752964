"""A panel of LLM annotators: labels for texts and votes over pairs of tasks.

Always a proxy for people. Provider-independent: requests go through stages/llm/session.py.
"""
