"""Pages of the books at the desk: for reading only."""
