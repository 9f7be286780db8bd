"""The credit file of a party. Nothing is imported here: names are searched without Django."""
