"""自动派单: the city's routing table, who is away, what was sent to the wrong unit."""
