"""The city events' pages for residents: report, follow, evaluate. Mounted by the portal."""
