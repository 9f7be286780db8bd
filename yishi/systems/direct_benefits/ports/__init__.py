"""What this room asks of the others: items, lists, credit, accounts and orders, the ledger."""
