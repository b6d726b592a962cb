"""A policy changed through forms beside its document. The document is the single truth: each change is an edit of its text.

text    edits of a YAML text at a path, keeping comments and layout     writing  values as YAML
forms   the document as chapters of controls                            kinds    the controls of a step by its kind
"""
