"""Parents with their items: filled in bulk, then pages, the start of 25 items, a new calendar."""
