"""The credit file: what bodies recorded of a party, for how long it counts, and who is screened."""
