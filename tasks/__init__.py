"""What happens, one folder a question."""
