"""Work on site (现场处置): an officer's page on the phone that goes on without signal."""
