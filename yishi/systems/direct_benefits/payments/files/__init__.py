"""Payment files: ISO 20022 for the agent bank, a table for the treasury."""
