"""Electronic certificates (电子证照, GB/T 36901 to 36906): versions, status, signed files."""
