"""Classifiers: fitted on texts or on embeddings, asked for probabilities.

configs, registry, protocol   what params.yaml may say; the classifier of a config; what all can do
linear, finetune              logistic regression on embeddings or TF-IDF; an encoder trained whole
regressions                   many logistic regressions on the same embeddings, side by side
texts, sampling               labelled texts as they are read, and which of them a seed sees
draws, curves                 those at each point of a learning curve; what it predicts from them
encode, encoders              texts to embeddings (store keeps them, forward computes); networks
batches, hardware             tokens in batches; device and precision
pilots                        what a small part of a source tells
doubt, meaning                checks of synthetic texts by a classifier and by embeddings
"""
