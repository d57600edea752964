"""What people say of texts and tasks.

agreement    how far annotators agree on a text
annotators   single annotators, and labels aggregated from all of them
replacement  whether an LLM's label may stand for a person's
thresholds   whether texts on which annotators agree are easier
items        these three for a task's texts and models
ranking      tasks by how subjective people call them
"""
