"""Pages of the credit file at the desk."""
