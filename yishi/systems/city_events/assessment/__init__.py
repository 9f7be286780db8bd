"""考核: the metrics of city events (§S2.6) as figures over cases, their rates, and their points."""
