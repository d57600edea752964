"""Pages and figures, from the numbers that other stages wrote.

content   what a page is (Page) and what it is made of (Run); nothing of how it is shown
figures   drawings of tables of numbers, all in one style
pages     a module per question; each makes a Page of a Run
writers   the forms of a page: markdown, and svg for its figures; html for a report of all
"""
