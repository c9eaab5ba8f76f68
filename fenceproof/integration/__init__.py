"""Where the engine meets pytest, Python-Markdown and MkDocs."""
