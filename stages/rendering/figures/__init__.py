"""Figures of tables of numbers, one kind of figure per module, all in one style.

dots           scores, gaps and measures: a dot with its interval
agreement      accuracy against annotators' agreement
subjectivity   the ranking of tasks, and the gap against it
curves         training curves
style          colours, markers and fonts
"""
