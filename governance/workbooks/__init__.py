"""Workbooks of any app: read in a child process (governance.sandbox), written as tables.

reading  an upload as plain values, or a sentence that says why not     text  text on its way into and out of cells
tables   lists for people: a head, columns, rows
"""
