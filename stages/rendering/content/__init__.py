"""What pages are made of; nothing of how they are shown.

document  a report of several tasks, of stories with parts
page    a page, its tables, notes and pictures
run     all numbers of a run, as other stages wrote them
facts   the JSON files among them, as typed records
words   numbers and names as people read them
"""
