"""What is wrong with a project, all of it at once, before anything runs; pure functions.

problems    a problem: file, line, what is wrong, what to do
documents   YAML files that know the line of each of their keys
settings    params.yaml against the classes of its sections, and its sections against one another
cards       task cards, and the files of texts that they name
inputs      what a run reads besides: real texts, recordings, prompts, the endpoint's settings
project     params.yaml and cards together, and all that is wrong with them
"""
