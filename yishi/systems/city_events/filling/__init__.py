"""Filling a demo database with any number of simulated events (模拟)."""
