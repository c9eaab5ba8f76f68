"""What every benchmark shares: the machine, rounds, services, load and results."""
