"""What all stages and libraries share; it imports none of them.

params    params.yaml, section by section         paths    where each stage writes
files     whole, canonical files                  records  columns of tables, names, checks
errors    the one error that a user is to see     cli      how a stage becomes a command
"""
