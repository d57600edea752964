"""Statistics over tasks: does one number per task explain another?

correlation   rank correlations, and prediction of a task left out
explanation   the gap of every model and source against one number per task
measures      the measures of the sources' texts, all tasks in one table
"""
