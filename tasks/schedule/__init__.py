"""When a run happens, and what it is called."""
