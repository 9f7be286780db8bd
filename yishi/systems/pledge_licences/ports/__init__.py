"""The two doors to the foundation that this system writes through: credit and certificates."""
