"""What all stages and libraries share; it imports none of them.

cli, errors, progress   a stage as a command, what a user sees when it fails, how far it is
params                  params.yaml, section by section
paths, files, records   where each stage writes, whole canonical files, columns and shared names
arrays                  names for types of numpy arrays
durations               how long each stage took on this machine
seeds, workers          random generators by name; tasks side by side in processes
text, near              words, shingles and near-copies
"""
