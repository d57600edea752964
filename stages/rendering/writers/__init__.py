"""The forms of a page: markdown, and svg for its pictures."""
