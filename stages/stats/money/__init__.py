"""What a score costs.

outlay    what training texts take: people's labels, and money for an LLM's replies
ways      every way's scores beside what it costs, with the chance in both
frontier  the points that no other one beats in both
targets   the cheapest way to a score; from how many texts on a classifier saves money
spread    ways of several tasks, read off at the same sums of money
"""
