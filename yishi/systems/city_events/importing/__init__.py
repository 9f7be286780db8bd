"""Reports in bulk: a CSV file, or rows of any source, through the same functions as one report."""
