"""The 12345 side of city events: calls, tickets, what is told to callers, and call-backs (回访)."""
