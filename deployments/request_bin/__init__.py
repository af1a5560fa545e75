"""A real HTTP receiver that records what it is sent, shows it, and misbehaves as told."""
