"""Classifiers: fitted on texts or on embeddings, asked for probabilities.

configs, registry   what params.yaml may say of each kind; the classifier of a config
protocol            what every classifier can do
linear, finetune    logistic regression on embeddings or TF-IDF; an encoder trained whole
sampling            which training texts a seed sees
encode              texts to embeddings; store keeps them, forward computes them
encoders            pretrained networks by name
batches, hardware   tokens in batches; device and precision
doubt, meaning      checks of synthetic texts by a classifier and by embeddings
"""
