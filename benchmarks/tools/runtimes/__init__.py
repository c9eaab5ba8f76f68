"""One module a tool: `imports`, `build`, `files` and `load`."""
