"""预演: what changed types, limits, routing, rules or a model would have made of the past."""
