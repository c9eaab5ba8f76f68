"""Runs one page: its module, its folder, its shell."""
