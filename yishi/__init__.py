"""Yishi (一事): a city's public affairs as closed loops."""

__version__ = "0.1.0"
