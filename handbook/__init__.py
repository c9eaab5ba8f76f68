"""What only this site has: formulas and diagrams, publishing, torch reset between pages."""
