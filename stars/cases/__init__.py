"""Worked cases of a policy: inputs of a few subjects, and what the policy makes of them (docs/grammar.md, section 12).

document  a case as it is stored, as text, as rows     values   what is typed, as whole numbers
reading   the inputs of subjects as arrays             running  cases against a plan, as one batch
words     mistakes and names as people read them
"""
