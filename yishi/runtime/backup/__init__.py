"""Backup and restore of a whole installation: database, uploads, roots; keys apart."""
