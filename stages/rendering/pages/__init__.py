"""A module per page, and per question that it answers.

results        is training on these texts as good as training on real ones? scores has its tables
ways           what are an LLM's labels worth, and the LLM itself at run time?
subjectivity   does subjectivity explain the gap?
agreement      are texts on which annotators agree easier?
texts          what kind of texts do the sources hold?
generators     which generator writes the more useful texts?
datasets       which texts were used?
"""
