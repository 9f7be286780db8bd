"""The verbs of fulfilment; every face calls these functions."""
