"""Real requests of three cities through city folders made at run time, for evaluation only.

The data have no licence for redistribution or are kept out for their size: they are read from a
folder beside the checkout, and whatever is made of them goes to a temporary folder.
"""
