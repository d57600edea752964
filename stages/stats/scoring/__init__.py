"""From predictions to scores and gaps, with intervals that hold test texts and training runs.

predicted   predictions in the order of the test texts
scores      accuracy, F1, log loss and calibration error of arrays
metrics     the metrics, one entry each, and what each test text adds to them
noise       variance of a mean over test texts and training runs
estimates   intervals and p-values; comparison: a source's scores, and its gap to another source
powered     both sharpened by an LLM's labels of spare texts; alike, sharpened: where that holds
labelling   an LLM's labels beside people's; the LLM as a classifier
evaluated   all of a task as typed records, written and read as JSON
rollup      all tasks in tables: corrected p-values, means; headline and change read them
"""
