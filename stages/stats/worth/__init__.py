"""How many real labels a source is worth.

curves         scores over sizes and draws
worth          the size at which real texts match a source, with a joint interval
shares         label codes corrected for the shares of classes
extrapolation  power laws beyond the largest size, when asked for
measured       all of it for one task
"""
