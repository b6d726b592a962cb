"""A second, deliberately plain implementation of docs/grammar.md: fractions, one subject at a time, nothing of stars."""
