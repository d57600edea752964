"""The forms of a page: markdown, and svg for its pictures; html, inline for all in one file."""
