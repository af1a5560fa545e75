"""What: a message and one user's attributes become the request to send, or why there is none."""
