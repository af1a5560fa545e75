"""Who is measured: Hookline itself, and what people would use instead of it; a process each."""
