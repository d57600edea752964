"""Synthetic texts asked for, by a strategy for a task.

strategy     what params.yaml and a prompt file say
prompts      requests, filled in for a label
generation   all requests of a run, with top-up
estimate     what a run takes, before anything is asked
session      a run with cache, lock, endpoint and meter
recorded     replies that an LLM gave once
"""
