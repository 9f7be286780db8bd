"""The books: transfers between accounts, balanced by construction; budgets in fen upon them."""
