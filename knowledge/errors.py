"""Errors that a person reads: what is wrong, and the cure."""


class PtceError(Exception):
    """Base of every expected failure; `str(error)` is a French sentence, `cure` says what to do."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n→ {self.cure}" if self.cure else message


class SettingsError(PtceError):
    """The configuration can't be read or holds a wrong key or value."""


class CorpusError(PtceError):
    """A corpus file breaks a rule; `problems` names file and line of each."""

    def __init__(self, message: str, cure: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, cure)
        self.problems = problems


class ModelError(PtceError):
    """The embedding model can't be loaded or used."""


class UnusableIndexError(PtceError):
    """No generation can be read: absent, half written, corrupted, or made by another model."""
