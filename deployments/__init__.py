"""How runs come to be."""
