"""One module a runtime: `imports`, `build`, `files` and `load`; and the lab that races them."""
