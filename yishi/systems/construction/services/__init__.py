"""The verbs of construction projects: every face calls these functions."""
