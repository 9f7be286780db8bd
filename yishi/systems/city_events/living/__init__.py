"""A living city (模拟): residents, sensors and officers with habits who act as time passes."""
