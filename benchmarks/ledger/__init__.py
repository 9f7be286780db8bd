"""Transfers a second: batches, singles, repeats, two connections, beside a bare COPY."""
