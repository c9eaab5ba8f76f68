"""The last step of a build: what readers fetch becomes small, safe and easy to find."""
