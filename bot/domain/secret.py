"""A value that must not be seen: it prints as dots, and does not travel through storage."""

from typing import NoReturn


class Secret:
    """A password, a code, a token or an address that opens something.

    It compares by identity, prints as `Secret(•••)`, and refuses to be pickled or hashed, so that it
    cannot slip into a log, a row or a cache. `reveal()` belongs in the call that uses it, and nowhere else.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]  # a hash would let it become a key of something that is printed

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, to be passed straight on."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never stored")
