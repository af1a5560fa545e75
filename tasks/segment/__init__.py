"""Who gets a message: criteria, a boolean mask over a user table, the audience."""
