"""Benefits for many enterprises: the engine against OpenFisca-core, Polars and one bare pass."""
