"""How an LLM is asked and read. Rooms import only what stands to their right:

writing, panel -> sending, reading -> spending -> messages

messages   what is asked and what comes back: settings, requests, completions, replies
spending   the request cache, the ledger and the budget
sending    the endpoint: the SDK, retries, pace, batches, files that are carried
reading    texts out of a reply: parsing, cleaning, filters, language
writing    a strategy's prompts and all requests for its texts
panel      annotators and voters played by an LLM
"""
