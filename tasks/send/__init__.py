"""How a request goes out: transport, retry policy, slots."""
