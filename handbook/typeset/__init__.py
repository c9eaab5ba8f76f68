"""Formulas and diagrams as MathML and SVG, made once and kept in the tree.

A page needs no script and no request to show them: Markdown goes in, and what
Temml and Mermaid make of it is looked up in `formulas.json` and
`diagrams.json`. Only a formula or diagram that is not there yet needs the
tools (`python -m handbook.typeset` says which ones).
"""
