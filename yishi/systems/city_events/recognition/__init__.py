"""自动识别: what a report in words is about, how sure that is, and what officers made of it."""
