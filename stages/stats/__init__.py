"""Statistics of a run: pure functions of arrays and frames.

scoring     scores of predictions, their intervals, gaps between sources, all tasks rolled up
texts       diversity, similarity and copies of the sources' texts, at equal size
people      agreement of annotators, truth from them, tasks ranked by votes
across      over all tasks: what the gap correlates with
worth       how many real labels a source is worth
money       what a score costs
resampling  the bootstrap that people and across share
"""
