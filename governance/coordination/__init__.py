"""Coordination bodies at work: meetings whose decisions, and lists whose tasks, are matters of the docket.

kinds   what both register on the docket     tasks     the services of lists     meetings  the services of meetings
uploads a workbook of tasks, kept, applied or thrown away                        workbook  a list as a workbook, and what comes back
dispatch  how a list stood at the end of a month                                 papers    that report as a workbook and as a PDF
"""
