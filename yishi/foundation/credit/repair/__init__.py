"""Credit repair (信用修复): one application at one window, each record decided by its own body."""
