"""Checks of what a file says, beyond its syntax."""
