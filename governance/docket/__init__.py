"""One way to chase things: whatever has an owner, a deadline and a strike-off.

kinds     what an app registers: titles, terms, who may do what; fields and rules, no machine of its own
acts      the one service: every act on an item, behind every door       several  acts on many items, each with its outcome
ledger    from an item's lines to its clock, under a version of the calendar
notices   what a calendar that changes late does to deadlines            evidence  files by content hash
lists     what concerns whom, with lights and filters                    places    the office of a place as a unit
"""
