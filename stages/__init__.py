"""The pipeline. A stage is a module here: it reads, calls libraries and writes; `dvc.yaml` runs it.

check        all that is wrong, before anything runs
texts        fetch, generate, label, edit, refine, screen
classifiers  embed, train (also run as `probe`)
results      evaluate, analyze, explain, summarize, report

core         what all share: params, paths, files, records, errors, the command line
checks, corpora, llm, classifiers, stats, rendering    libraries; each imports core and itself only
intake       a library of the tools, a user's files made a task: it imports corpora, too
tools        commands that are run by hand
"""
