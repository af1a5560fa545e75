"""What a person configures, and the doors to the outside."""
