"""Child processes that read and mark other people's workbooks. No Django here: what they can't import they can't leak.

package  what a ZIP file promises        values  a workbook's values as plain data    marks  mistakes marked in a workbook
child    the process and its limits      frames  what is said over the pipes          process  the parent's side
"""
