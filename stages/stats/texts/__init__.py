"""What kind of texts a source holds, beside others at equal size.

matching     equal numbers of texts of each label, drawn from every source
neighbours   nearest neighbours by cosine, in blocks
diversity    how diverse texts are, by embeddings and by words
similarity   how close they come to real ones
overlap      how far a set lies from unlabelled real texts
copies       texts that nearly repeat others
strata       texts to look at, as many of every kind
answers      what several classifiers say of the same texts
portrait     all of it, with intervals
"""
