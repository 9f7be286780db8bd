"""Tables as people use them: declared once, drawn on pages, written to Excel and read from it."""
