"""What people are told about a run: counts, tables, texts."""
