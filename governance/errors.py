class RuleBroken(Exception):
    """A rule of the office, not of the program, forbids this act.

    code     stable English word for clients and tests
    message  a sentence for people: what happened, to what, what to do next
    field    the form field or cell concerned, if one is
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field
