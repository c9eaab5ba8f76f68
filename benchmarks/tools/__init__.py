"""What the benchmarks of chapter 6 share."""
