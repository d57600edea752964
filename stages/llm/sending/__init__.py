"""Requests on their way to an endpoint and back.

open          the right way to ask for an endpoint's `api`: client, batches or exchanged files
client        single requests: cache, retries, outages, stops
openai_sdk    the SDK behind them, its failures in three kinds
rate          who may send now
bulk          exchanged files, and what they share with batch_api, the Batch API
concurrency   jobs side by side
progress      how far a run is
"""
