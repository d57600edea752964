"""Commands run by hand, no DVC stages.

app        the console script `synthworth`, which has them all
annotate   an LLM panel labels a task's texts
vote       an LLM panel compares tasks by objectivity
requests   the request cache and what was spent
"""
