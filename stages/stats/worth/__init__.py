"""How many real labels a source is worth: not used by a stage yet.

draws          which texts each size of a learning curve takes
curves         scores over sizes and draws
worth          the size at which real texts match a source, with a joint interval
shares         probabilities corrected for the shares of classes
extrapolation  power laws beyond the largest size, when asked for
"""
