"""Pages of the owners of data."""
