"""A module per page, and per question that it answers.

results        is training on these texts as good as training on real ones? scores has its tables
subjectivity   does subjectivity explain the gap?
agreement      are texts on which annotators agree easier?
texts          what kind of texts do the sources hold?
generators     which generator writes the more useful texts?
datasets       which texts were used?
"""
