"""Certificates at the portal: anybody verifies one, holders see and download their own."""
