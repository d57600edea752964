"""Real texts and what people say of them.

cards               what a task is: labels, prompts, origin
given, userfile     what a card says of the user's own files; they are read as they are (decoding)
sample, path, hub   readers of an origin; tables (files) and mapping (columns) serve them
corpus, splits      one data set, checked against its card; its train, validation, test and pool
sources             what a classifier is trained on: one table or a mixture
labelled, editing   texts with an LLM's labels; texts edited without one
opinions, votes     annotators' labels of texts; votes on which task is more objective
"""
