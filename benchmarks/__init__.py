"""What Hookline's speed is held to: figures against peers that run beside it on this machine."""
