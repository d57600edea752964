"""Statistics over tasks: does one number per task explain another?

correlation   rank correlations, and prediction of a task left out
explanation   the gap of every model and source against one number per task
forecasting   a number per task from the other tasks, with an interval
choosing      which of a task's sets is best
measures      the measures of the sources' texts, all tasks in one table
"""
